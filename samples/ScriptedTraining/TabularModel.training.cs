using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.Transforms;

namespace ScriptedTraining;

internal sealed partial class TabularModel
{
    /// <summary>Loads the columns of a file that a model is trained on or reads.</summary>
    public static IDataView LoadIDataViewFromFile(MLContext mlContext, CsvFile file, CsvSchema schema) => file.Load(mlContext, schema.All);

    /// <summary>Trains a model.</summary>
    /// <param name="mlContext">The context; its seed decides weights and order.</param>
    /// <param name="trainData">The data.</param>
    /// <param name="schema">Its columns.</param>
    /// <param name="classes">The classes of the label; none for a regression.</param>
    /// <param name="task">What to predict.</param>
    /// <param name="network">The network, without output layer.</param>
    /// <param name="options">How to train.</param>
    /// <param name="report">Takes the network's summary, before training begins.</param>
    public static TabularModel Train(
        MLContext mlContext,
        IDataView trainData,
        CsvSchema schema,
        IReadOnlyList<string> classes,
        TabularTask task,
        Network network,
        NeuralNetworkOptions options,
        Action<string> report)
    {
        LabelScale scale = task == TabularTask.Regression ? LabelScale.Measure(trainData, schema.Label.Name) : new LabelScale(0, 1);
        ITransformer inputs = BuildInputs(mlContext, schema, classes, scale).Fit(trainData);
        IDataView gathered = inputs.Transform(trainData);
        TransformerChain<ColumnConcatenatingTransformer> features = BuildFeatures(mlContext, schema).Fit(gathered);
        IDataView prepared = features.Transform(gathered);
        NeuralNetworkTransformer trained = Fit(mlContext, prepared, task, network, options, report);
        ITransformer output = BuildOutput(mlContext, task, scale).Fit(trained.Transform(prepared));
        return new TabularModel(mlContext, trainData.Schema, inputs, features, trained, output);
    }

    /// <summary>
    /// Trains a model further on the same or new data. Only the network changes: with other means or other categories in
    /// its inputs, what it has learned would be worthless.
    /// </summary>
    public static TabularModel RetrainModel(
        MLContext mlContext, TabularModel initialModel, IDataView trainData, Network network, NeuralNetworkOptions options, Action<string> report)
    {
        options.InitialModel = initialModel.Network;
        IDataView prepared = initialModel.features.Transform(initialModel.inputs.Transform(trainData));
        NeuralNetworkTransformer trained = Fit(mlContext, prepared, initialModel.Task, network, options, report);
        return new TabularModel(mlContext, trainData.Schema, initialModel.inputs, initialModel.features, trained, initialModel.output);
    }

    /// <summary>Saves a model; there is never half a file under that name.</summary>
    public static void SaveModel(MLContext mlContext, TabularModel model, IDataView data, string modelSavePath) =>
        mlContext.Model.SaveAtomically(model.Transformer, data.Schema, modelSavePath);

    // Model Builder's BuildPipeline is in four parts here, so that RetrainModel can replace one of them.

    /// <summary>Gathers the columns by kind, and maps the label to what the trainer wants.</summary>
    private static IEstimator<ITransformer> BuildInputs(MLContext mlContext, CsvSchema schema, IReadOnlyList<string> classes, LabelScale scale)
    {
        IEstimator<ITransformer> pipeline = new EstimatorChain<ITransformer>();
        if (schema.Numbers.Any())
        {
            pipeline = pipeline.Append(mlContext.Transforms.Concatenate(NumbersColumn, [.. schema.Numbers.Select(column => column.Name)]));
        }

        if (schema.Texts.Any())
        {
            pipeline = pipeline.Append(mlContext.Transforms.Concatenate(TextsColumn, [.. schema.Texts.Select(column => column.Name)]));
        }

        if (classes.Count == 0)
        {
            return pipeline
                .Append(mlContext.Transforms.CopyColumns(LabelColumnName, schema.Label.Name))
                .Append(mlContext.Transforms.Expression(ScaledLabel, scale.Forth, LabelColumnName));
        }

        // All classes of the file in their order, even those that only the held-out part has.
        IDataView keys = mlContext.Data.LoadFromEnumerable(classes.Select(name => new LabelClass { Name = name }));
        return pipeline.Append(mlContext.Transforms.Conversion.MapValueToKey(LabelColumnName, schema.Label.Name, keyData: keys));
    }

    /// <summary>Missing numbers replaced and all brought to a common scale; texts one-hot.</summary>
    private static EstimatorChain<ColumnConcatenatingTransformer> BuildFeatures(MLContext mlContext, CsvSchema schema)
    {
        IEstimator<ITransformer> pipeline = new EstimatorChain<ITransformer>();
        if (schema.Numbers.Any())
        {
            pipeline = pipeline
                .Append(mlContext.Transforms.ReplaceMissingValues(NumbersColumn, replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean))
                .Append(mlContext.Transforms.NormalizeMeanVariance(NumbersColumn, fixZero: false));
        }

        if (schema.Texts.Any())
        {
            // The columns share one list of values: slots for values that a column never has are dropped again.
            pipeline = pipeline
                .Append(mlContext.Transforms.Categorical.OneHotEncoding(TextsColumn))
                .Append(mlContext.Transforms.FeatureSelection.SelectFeaturesBasedOnCount(TextsColumn, count: 1));
        }

        string[] parts = [.. schema.Numbers.Any() ? [NumbersColumn] : Array.Empty<string>(), .. schema.Texts.Any() ? [TextsColumn] : Array.Empty<string>()];
        return pipeline.Append(mlContext.Transforms.Concatenate("Features", parts));
    }

    private static NeuralNetworkTrainer BuildTrainer(MLContext mlContext, TabularTask task, Network network, NeuralNetworkOptions options)
    {
        options.LabelColumnName = task == TabularTask.Regression ? ScaledLabel : LabelColumnName;
        return task switch
        {
            TabularTask.Binary => mlContext.BinaryClassification.Trainers.NeuralNetwork(network, options),
            TabularTask.Multiclass => mlContext.MulticlassClassification.Trainers.NeuralNetwork(network, options),
            _ => mlContext.Regression.Trainers.NeuralNetwork(network, options),
        };
    }

    /// <summary>The name of the predicted class, or the predicted number in the label's own units.</summary>
    private static IEstimator<ITransformer> BuildOutput(MLContext mlContext, TabularTask task, LabelScale scale) => task == TabularTask.Regression
        ? mlContext.Transforms.Expression("Score", scale.Back, "Score")
        : mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel");

    private static NeuralNetworkTransformer Fit(
        MLContext mlContext, IDataView prepared, TabularTask task, Network network, NeuralNetworkOptions options, Action<string> report)
    {
        ulong units = task == TabularTask.Multiclass ? ((KeyDataViewType)prepared.Schema[LabelColumnName].Type).Count : 1;
        try
        {
            report(network.Summary(((VectorDataViewType)prepared.Schema["Features"].Type).Size));
            report($"The task adds the output layer: Dense, {units} {(units == 1 ? "unit" : "units")}."
                + $"{(task == TabularTask.Regression ? " Loss and mae are of the label scaled to deviation 1." : "")}\n");
            return BuildTrainer(mlContext, task, network, options).Fit(prepared);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NotSupportedException or LibTorchNotFoundException)
        {
            // The library's messages say what to do.
            throw new UserException(exception.Message, exception);
        }
    }

    /// <summary>
    /// Mean and deviation of a label that is a number. A network learns numbers around 0 and 1; it would take thousands of
    /// epochs to reach the prices of houses.
    /// </summary>
    private sealed record LabelScale(double Mean, double Deviation)
    {
        public string Forth => string.Create(CultureInfo.InvariantCulture, $"(y) : (y - ({Mean:R})) / {Deviation:R}");

        public string Back => string.Create(CultureInfo.InvariantCulture, $"(y) : y * {Deviation:R} + ({Mean:R})");

        public static LabelScale Measure(IDataView data, string column)
        {
            double[] values = [.. data.GetColumn<float>(column).Where(float.IsFinite)];
            double mean = values.DefaultIfEmpty().Average();
            double deviation = Math.Sqrt(values.Select(value => (value - mean) * (value - mean)).DefaultIfEmpty().Average());
            return new LabelScale(mean, deviation > 0 ? deviation : 1);
        }
    }

    private sealed class LabelClass
    {
        public string Name { get; set; } = "";
    }
}
