using Microsoft.ML;

namespace ScriptedTraining;

/// <summary>Measures a model on a file that has the label.</summary>
internal sealed record EvaluateCommand
{
    public required string ModelPath { get; init; }

    public required CsvFile Data { get; init; }

    public void Run(CommandContext context)
    {
        MLContext mlContext = context.CreateMLContext();
        using var model = TabularModel.Load(mlContext, ModelPath);
        CsvSchema schema = CsvSchema.Bind(mlContext, Data, model, needsLabel: true);
        IDataView data = TabularModel.LoadIDataViewFromFile(mlContext, Data, schema);
        Evaluation evaluation = model.Evaluate(data, data);
        context.Output.WriteLine($"{ModelPath} on {evaluation.Rows} rows of {Data.Path}:\n{evaluation}");
    }
}
