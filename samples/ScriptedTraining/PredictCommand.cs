using System.Globalization;
using Microsoft.ML;

namespace ScriptedTraining;

/// <summary>Writes a file's rows with the model's predictions behind them.</summary>
internal sealed record PredictCommand
{
    public required string ModelPath { get; init; }

    public required CsvFile Data { get; init; }

    /// <summary>The file to write; none means the standard output.</summary>
    public required string? OutputPath { get; init; }

    public void Run(CommandContext context)
    {
        if (OutputPath is not null)
        {
            OutputFile.Check(OutputPath);
        }

        MLContext mlContext = context.CreateMLContext();
        using var model = TabularModel.Load(mlContext, ModelPath);
        CsvSchema schema = CsvSchema.Bind(mlContext, Data, model, needsLabel: false);
        IDataView data = TabularModel.LoadIDataViewFromFile(mlContext, Data, schema);
        if (OutputPath is null)
        {
            Write(mlContext, model, data, context.Output, context.CancellationToken);
            return;
        }

        int rows = 0;
        OutputFile.Write(OutputPath, stream =>
        {
            using var writer = new StreamWriter(stream);
            rows = Write(mlContext, model, data, writer, context.CancellationToken);
        });
        context.Output.WriteLine($"Wrote {rows} predictions of '{model.LabelColumn}' to {OutputPath}.");
    }

    private int Write(MLContext mlContext, TabularModel model, IDataView data, TextWriter writer, CancellationToken cancellationToken)
    {
        int rows = 0;
        foreach ((string[] fields, TabularModel.ModelOutput output) in Data.ReadRows(mlContext).Zip(model.Predict(data)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rows++ == 0 && Data.HasHeader)
            {
                WriteLine(writer, Data.ReadColumnNames(mlContext).Concat(Titles(model)));
            }

            WriteLine(writer, fields.Concat(Values(model, output)));
        }

        return rows > 0 ? rows : throw new UserException($"'{Data.Path}' has no rows.");
    }

    private static IEnumerable<string> Titles(TabularModel model) => model.Task switch
    {
        TabularTask.Binary => ["PredictedLabel", $"Probability.{model.Classes[1]}"],
        TabularTask.Multiclass => model.Classes.Select(name => $"Score.{name}").Prepend("PredictedLabel"),
        _ => ["Score"],
    };

    private static IEnumerable<string> Values(TabularModel model, TabularModel.ModelOutput output) => model.Task switch
    {
        TabularTask.Binary => [output.PredictedLabel, Text(output.Probability)],
        TabularTask.Multiclass => output.Score.Select(Text).Prepend(output.PredictedLabel),
        _ => [Text(output.Value)],
    };

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);

    private void WriteLine(TextWriter writer, IEnumerable<string> fields) => writer.WriteLine(string.Join(Data.Separator, fields.Select(Quote)));

    private string Quote(string field) => field.AsSpan().ContainsAny([Data.Separator, '"', '\r', '\n'])
        ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : field;
}
