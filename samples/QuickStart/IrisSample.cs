using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace QuickStart;

/// <summary>A multilayer perceptron that tells three species of iris apart (Fisher 1936).</summary>
internal static class IrisSample
{
    public static void Run()
    {
        Show.Title("MLP: Fisher's iris");
        MLContext ml = Show.Context();
        IDataView data = ml.Data.LoadFromTextFile<Flower>(Path.Combine(AppContext.BaseDirectory, "Data", "iris.csv"), ',', hasHeader: true);
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, testFraction: 0.2);

        var network = new Sequential
        {
            new Dense(16, Activation.ReLU),
            new Dense(16, Activation.ReLU),
        };
        Console.WriteLine(network.Summary(4));

        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
            .Append(ml.Transforms.Concatenate(
                "Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
            .Append(ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, epochs: 40, batchSize: 8, learningRate: 0.01f))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

        ITransformer model = pipeline.Fit(split.TrainSet);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        Console.WriteLine($"\nTest accuracy {metrics.MicroAccuracy:0.000} (always the commonest species: about 0.333)");

        double[] folds = [.. ml.MulticlassClassification.CrossValidate(data, Quiet(network), numberOfFolds: 5).Select(fold => fold.Metrics.MicroAccuracy)];
        Console.WriteLine($"5-fold cross-validation: {folds.Average():0.000} ({string.Join(", ", folds.Select(fold => $"{fold:0.000}"))})");
        Show.SaveAndPredictElsewhere(ml, model, data.Schema, "iris");
    }

    public static void Predict(string zip)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(zip, out _);
        using PredictionEngine<Flower, Prediction> engine = ml.Model.CreatePredictionEngine<Flower, Prediction>(model);
        Flower[] flowers =
        [
            new() { SepalLength = 5.1f, SepalWidth = 3.5f, PetalLength = 1.4f, PetalWidth = 0.2f, Species = "setosa" },
            new() { SepalLength = 6.3f, SepalWidth = 3.3f, PetalLength = 4.7f, PetalWidth = 1.6f, Species = "versicolor" },
            new() { SepalLength = 7.2f, SepalWidth = 3.6f, PetalLength = 6.1f, PetalWidth = 2.5f, Species = "virginica" },
        ];
        foreach (Flower flower in flowers)
        {
            Prediction prediction = engine.Predict(flower);
            Console.WriteLine($"  {flower.Species,-12} → {prediction.PredictedLabel,-12} {prediction.Score.Max():0.000}");
        }
    }

    /// <summary>The same pipeline in a context that logs nothing: five folds of forty epochs are a lot of lines.</summary>
    private static IEstimator<ITransformer> Quiet(Network network)
    {
        var ml = new MLContext(seed: 1);
        return ml.Transforms.Conversion.MapValueToKey("Label", nameof(Flower.Species))
            .Append(ml.Transforms.Concatenate(
                "Features", nameof(Flower.SepalLength), nameof(Flower.SepalWidth), nameof(Flower.PetalLength), nameof(Flower.PetalWidth)))
            .Append(ml.Transforms.NormalizeMeanVariance("Features"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, epochs: 40, batchSize: 8, learningRate: 0.01f));
    }

    private sealed class Flower
    {
        [LoadColumn(0)]
        public float SepalLength { get; set; }

        [LoadColumn(1)]
        public float SepalWidth { get; set; }

        [LoadColumn(2)]
        public float PetalLength { get; set; }

        [LoadColumn(3)]
        public float PetalWidth { get; set; }

        [LoadColumn(4)]
        public string Species { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
