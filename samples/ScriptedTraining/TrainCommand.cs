using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.DeepLayers;

namespace ScriptedTraining;

/// <summary>Trains a model on a file, measures it on a part that was held out, saves it.</summary>
internal sealed record TrainCommand
{
    /// <summary>So many columns of the example row are shown.</summary>
    private const int ShownColumns = 8;

    public required CsvFile Data { get; init; }

    public required string Label { get; init; }

    /// <summary>The network's JSON file; may be left out where training continues.</summary>
    public required string? NetworkPath { get; init; }

    public required string OutputPath { get; init; }

    public required TabularTask? Task { get; init; }

    public required IReadOnlyCollection<string> Ignored { get; init; }

    public required int Epochs { get; init; }

    public required int BatchSize { get; init; }

    public required float LearningRate { get; init; }

    public required float ValidationFraction { get; init; }

    public required float TestFraction { get; init; }

    public required int Seed { get; init; }

    public required string? InitialModelPath { get; init; }

    public void Run(CommandContext context)
    {
        // All that can be wrong with the arguments is found out before any work.
        OutputFile.Check(OutputPath);
        Network? network = NetworkPath is null ? null : ReadNetwork(NetworkPath);
        MLContext mlContext = context.CreateMLContext(Seed);
        using TabularModel? initial = InitialModelPath is null ? null : TabularModel.Load(mlContext, InitialModelPath);
        CheckSameTarget(initial);
        var label = LabelValues.Read(mlContext, Data, Label);
        TabularTask task = label.ChooseTask(Task ?? initial?.Task);
        CheckClassesKnown(initial, label);
        CsvSchema schema = initial is null
            ? CsvSchema.Infer(mlContext, Data, Label, task == TabularTask.Regression, Ignored)
            : CsvSchema.Bind(mlContext, Data, initial, needsLabel: true);
        Describe(context.Output, label, schema, task);

        IDataView data = TabularModel.LoadIDataViewFromFile(mlContext, Data, schema);
        (IDataView train, IDataView? test) = Split(mlContext, data);
        using TabularModel model = initial is null
            ? TabularModel.Train(
                mlContext, train, schema, task == TabularTask.Regression ? [] : label.Classes, task, network!, Options(context), context.Output.WriteLine)
            : TabularModel.RetrainModel(mlContext, initial, train, network ?? initial.Network.Network, Options(context), context.Output.WriteLine);

        TabularModel.SaveModel(mlContext, model, data, OutputPath);
        if (test is not null)
        {
            ShowTest(context, model, test, train);
        }

        int epochs = model.Network.History.Epochs.Count;
        context.Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nSaved {OutputPath}, {new FileInfo(OutputPath).Length / 1024.0:0.0} KB, {epochs} {(epochs == 1 ? "epoch" : "epochs")} in all."));
        ShowOnePrediction(context, data);
    }

    private (IDataView Train, IDataView? Test) Split(MLContext mlContext, IDataView data)
    {
        if (TestFraction == 0)
        {
            return (data, null);
        }

        DataOperationsCatalog.TrainTestData split = mlContext.Data.TrainTestSplit(data, TestFraction);
        return (split.TrainSet, split.TestSet);
    }

    private static Network ReadNetwork(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException($"The network definition '{path}' does not exist.");
        }

        try
        {
            return Network.FromJson(File.ReadAllText(path));
        }
        catch (FormatException exception)
        {
            throw new UserException($"'{path}': {exception.Message}", exception);
        }
    }

    private static string Name(TabularTask task) => task.ToString().ToLowerInvariant();

    private void CheckSameTarget(TabularModel? initial)
    {
        if (initial is not null && initial.LabelColumn != Label)
        {
            throw new UserException($"The initial model '{InitialModelPath}' predicts '{initial.LabelColumn}', not '{Label}'.");
        }

        if (initial is not null && Task is not null && initial.Task != Task)
        {
            throw new UserException($"The initial model '{InitialModelPath}' is for {Name(initial.Task)}, not {Name(Task.Value)}. Leave --task out.");
        }
    }

    private void CheckClassesKnown(TabularModel? initial, LabelValues label)
    {
        string[] unknown = initial is null || initial.Task == TabularTask.Regression ? [] : [.. label.Classes.Except(initial.Classes)];
        if (unknown.Length > 0)
        {
            throw new UserException(
                $"The label column '{Label}' has values that the initial model does not know: {string.Join(", ", unknown)}. It knows: {string.Join(", ", initial!.Classes)}.");
        }
    }

    private void Describe(TextWriter output, LabelValues label, CsvSchema schema, TabularTask task)
    {
        output.WriteLine($"Data:   {Data.Path}, {label.Rows} rows{(label.Missing > 0 ? $", {label.Missing} of them without label" : "")}");
        output.WriteLine($"Label:  {label.Describe(task)} → {Name(task)}{(Task is null ? " (--task changes that)" : "")}");
        Line("Number:", schema.Numbers.Select(column => column.Name));
        Line("Text:  ", schema.Texts.Select(column => column.Name));
        Line("Unused:", [.. Ignored.Select(name => $"'{name}' (ignored)"), .. schema.LeftOut]);
        output.WriteLine();

        void Line(string title, IEnumerable<string> items)
        {
            if (items.Any())
            {
                output.WriteLine($"{title} {string.Join(", ", items)}");
            }
        }
    }

    private NeuralNetworkOptions Options(CommandContext context) => new()
    {
        Epochs = Epochs,
        BatchSize = BatchSize,
        Optimizer = new Adam(LearningRate),
        ValidationFraction = ValidationFraction,
        // Features have no missing values any more; rows without label teach nothing.
        MissingValues = MissingValues.Skip,
        CancellationToken = context.CancellationToken,
    };

    private static void ShowTest(CommandContext context, TabularModel model, IDataView test, IDataView train)
    {
        try
        {
            Evaluation evaluation = model.Evaluate(test, train);
            context.Output.WriteLine($"\nTest on {evaluation.Rows} rows held out:\n{evaluation}");
        }
        catch (UserException exception)
        {
            // The model is there all the same.
            context.Error.WriteLine($"warning: not tested. {exception.Message}");
        }
    }

    /// <summary>Loads the zip anew, as another program would, and predicts one row.</summary>
    private void ShowOnePrediction(CommandContext context, IDataView data)
    {
        using var model = TabularModel.Load(context.CreateMLContext(), OutputPath);
        TabularModel.ModelInput input = model.GetInputs(data).First();
        string[] row = [.. model.NumberColumns.Zip(input.Numbers, (name, value) => string.Create(CultureInfo.InvariantCulture, $"{name} {value}"))
            .Concat(model.TextColumns.Zip(input.Texts, (name, value) => $"{name} {value}"))];
        string prediction = model.Task == TabularTask.Regression
            ? string.Create(CultureInfo.InvariantCulture, $"{model.Predict(input).Value:G6}")
            : string.Join(", ", model.PredictAllLabels(input).Take(3).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.000}")));
        context.Output.WriteLine($"Loaded again: {string.Join(", ", row.Take(ShownColumns))}{(row.Length > ShownColumns ? ", ..." : "")} → {prediction}");
    }
}
