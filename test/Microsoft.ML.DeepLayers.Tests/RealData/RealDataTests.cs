using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>
/// Small real data sets, learned well enough that a broken layer, loss or optimizer would show. The bounds lie below what
/// was measured; test/RealData trains on more sets and compares with published figures.
/// </summary>
[TestClass]
public sealed class RealDataTests
{
    [TestMethod]
    public void An_MLP_tells_genuine_banknotes_from_forged_ones()
    {
        double accuracy = Binary(Need("banknote", "banknote_authentication.csv"), features: 4, rows: null, epochs: 40);
        Assert.IsGreaterThanOrEqualTo(0.98, accuracy);
    }

    [TestMethod]
    public void An_MLP_tells_gamma_rays_from_hadrons()
    {
        // Always the commoner class would be right in 65 of 100.
        double accuracy = Binary(Need("magic-gamma", "magic04.data.gz"), features: 10, rows: 5000, epochs: 15);
        Assert.IsGreaterThanOrEqualTo(0.83, accuracy);
    }

    [TestMethod]
    public void A_1D_CNN_tells_winter_from_summer_by_power_demand()
    {
        double accuracy = Series("ItalyPowerDemand", epochs: 100, new Sequential
        {
            new Conv1D(32, kernelSize: 5, padding: Padding.Same, useBias: false),
            new BatchNormalization(momentum: 0.9f),
            new ActivationLayer(Activation.ReLU),
            new Conv1D(32, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU),
            new GlobalAveragePooling1D(),
        });
        Assert.IsGreaterThanOrEqualTo(0.92, accuracy);
    }

    [TestMethod]
    public void An_LSTM_tells_winter_from_summer_by_power_demand()
    {
        double accuracy = Series("ItalyPowerDemand", epochs: 60, new Sequential { new LSTM(32) });
        Assert.IsGreaterThanOrEqualTo(0.92, accuracy);
    }

    [TestMethod]
    public void A_CNN_reads_handwritten_digits()
    {
        // The training digits take seconds to unpack, so the official test digits are halved instead.
        MnistDigit[] digits = MnistDigit.ReadTest(Need("mnist"));
        var ml = new MLContext(seed: 1);
        var network = new Sequential
        {
            new Conv2D(8, kernelSize: 5, strides: 2, activation: Activation.ReLU),
            new Conv2D(16, kernelSize: 3, activation: Activation.ReLU),
            new MaxPooling2D(2),
            new Flatten(),
        };
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(MnistDigit.Digit))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, featureColumnName: nameof(MnistDigit.Pixels), epochs: 5))
            .Fit(ml.Data.LoadFromEnumerable(digits[..5000]));
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(digits[5000..]));
        Assert.IsGreaterThanOrEqualTo(0.92, ml.MulticlassClassification.Evaluate(scored).MicroAccuracy);
    }

    /// <summary>Accuracy on a held-out fifth of a file of numbers with the class at the end of the line.</summary>
    private static double Binary(string path, int features, int? rows, int epochs)
    {
        var ml = new MLContext(seed: 1);
        Measured[] all = [.. SharedData.ReadLines(path).Select(line => Measured.Parse(line, features))];
        new Random(1).Shuffle(all);
        all = all[..(rows ?? all.Length)];
        var schema = SchemaDefinition.Create(typeof(Measured));
        schema[nameof(Measured.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features);
        int held = all.Length / 5;
        var network = new Sequential { new Dense(32, Activation.ReLU), new Dense(32, Activation.ReLU) };
        ITransformer model = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, epochs: epochs, learningRate: 3e-3f))
            .Fit(ml.Data.LoadFromEnumerable(all[held..], schema));
        return ml.BinaryClassification.Evaluate(model.Transform(ml.Data.LoadFromEnumerable(all[..held], schema))).Accuracy;
    }

    /// <summary>Accuracy on the archive's test set.</summary>
    private static double Series(string name, int epochs, Sequential network)
    {
        UcrProblem problem = UcrProblem.Find(name) ?? throw NotFound("ucr", name);
        var ml = new MLContext(seed: 1);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(LabelledSeries.Class))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, featureColumnName: nameof(LabelledSeries.Values), epochs: epochs, batchSize: 16, learningRate: 3e-3f))
            .Fit(problem.View(ml, problem.Training));
        return ml.MulticlassClassification.Evaluate(model.Transform(problem.View(ml, problem.Test))).MicroAccuracy;
    }

    private static string Need(params string[] parts) => SharedData.Find(parts) ?? throw NotFound(parts);

    private static AssertInconclusiveException NotFound(params string[] parts) =>
        new($"The data set {string.Join('/', parts)} was not found beside the repository.");

    private sealed class Measured
    {
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }

        internal static Measured Parse(string line, int features)
        {
            string[] fields = line.Split(',');
            return new Measured
            {
                Features = [.. fields[..features].Select(field => float.Parse(field, System.Globalization.CultureInfo.InvariantCulture))],
                Label = fields[features] is "1" or "g",
            };
        }
    }
}
