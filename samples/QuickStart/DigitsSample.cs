using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace QuickStart;

/// <summary>A convolutional network that reads drawn digits, tested on hands that it has never seen.</summary>
internal static class DigitsSample
{
    public static void Run()
    {
        Show.Title("CNN: drawn digits");
        MLContext ml = Show.Context();
        IDataView train = Load(ml, 6000, DrawnDigits.TrainingHands, seed: 1);
        IDataView test = Load(ml, 2000, DrawnDigits.HeldOutHands, seed: 2);

        var network = new Sequential
        {
            new Input(DrawnDigits.Side, DrawnDigits.Side, 1),
            new Conv2D(16, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Conv2D(32, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Flatten(),
            new Dropout(0.4f),
            new Dense(64, Activation.ReLU),
        };
        Console.WriteLine(network.Summary());

        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(DigitImage.Digit))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                FeatureColumnName = nameof(DigitImage.Pixels),
                Epochs = 12,
                BatchSize = 64,
                ValidationFraction = 0.1f,
                Callbacks = { new EarlyStopping(patience: 3) },
            }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

        ITransformer model = pipeline.Fit(train);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(test));
        Console.WriteLine($"\nAccuracy on held-out hands {metrics.MicroAccuracy:0.000} (nearest class mean: {NearestMean(train, test, ml):0.000})");
        Show.SaveAndPredictElsewhere(ml, model, train.Schema, "digits");
    }

    public static void Predict(string zip)
    {
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(zip, out _);
        using PredictionEngine<DigitImage, Prediction> engine = ml.Model.CreatePredictionEngine<DigitImage, Prediction>(model);
        foreach (DigitImage image in DrawnDigits.Draw(10, DrawnDigits.HeldOutHands, seed: 3).Select(DigitImage.From))
        {
            Prediction prediction = engine.Predict(image);
            Console.WriteLine($"  {image.Digit} → {prediction.PredictedLabel}  {prediction.Score.Max():0.000}");
        }
    }

    // An array, so that the digits are drawn once and not in every pass.
    private static IDataView Load(MLContext ml, int count, IReadOnlyList<int> hands, int seed) =>
        ml.Data.LoadFromEnumerable(DrawnDigits.Draw(count, hands, seed).Select(DigitImage.From).ToArray());

    /// <summary>The baseline: the class whose mean image is nearest.</summary>
    private static double NearestMean(IDataView train, IDataView test, MLContext ml)
    {
        float[] Mean(IEnumerable<DigitImage> images) => images.Select(image => image.Pixels)
            .Aggregate(new float[DrawnDigits.Side * DrawnDigits.Side], (sum, pixels) => [.. sum.Zip(pixels, (a, b) => a + b)])
            .Select(sum => sum / images.Count()).ToArray();

        var means = ml.Data.CreateEnumerable<DigitImage>(train, reuseRowObject: false)
            .GroupBy(image => image.Digit).ToDictionary(group => group.Key, Mean);
        DigitImage[] tested = [.. ml.Data.CreateEnumerable<DigitImage>(test, reuseRowObject: false)];
        return tested.Average(image =>
            means.MinBy(mean => mean.Value.Zip(image.Pixels, (a, b) => (a - b) * (a - b)).Sum()).Key == image.Digit ? 1.0 : 0.0);
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
