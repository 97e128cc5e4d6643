using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Branches with windows of several sizes side by side (Szegedy et al. 2015): stripes of two scales in one texture.</summary>
[TestClass]
public sealed class InceptionTests
{
    private const int Side = 16;

    [TestMethod]
    public void Tells_the_directions_of_fine_and_of_coarse_stripes()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Textures(ml, 600, seed: 1), Textures(ml, 300, seed: 2));
        Network network = Inception();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Stripes")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                FeatureColumnName = "Pixels",
                Epochs = 10,
                Optimizer = new Adam(0.01f),
            }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);
        double accuracy = ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        double linear = Linear(ml, train, test);
        Console.WriteLine($"accuracy {accuracy:0.000}, of a linear model {linear:0.000}");
        Assert.IsGreaterThan(0.93, accuracy);
        Assert.IsLessThan(0.4, linear);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score");
    }

    private static Network Inception()
    {
        var pixels = new Input(Side, Side, 1);
        LayerOutput x = Module(Module(pixels));
        return new Network(pixels, new GlobalAveragePooling2D().Apply(x));
    }

    private static LayerOutput Module(LayerOutput x) => new Concatenate().Apply(
        Convolution(4, 1).Apply(x),
        Convolution(8, 3).Apply(Convolution(4, 1).Apply(x)),
        Convolution(8, 5).Apply(Convolution(4, 1).Apply(x)),
        Convolution(4, 1).Apply(new MaxPooling2D(3, strides: 1, Padding.Same).Apply(x)));

    private static Conv2D Convolution(int filters, int size) => new(filters, size, padding: Padding.Same, activation: Activation.ReLU);

    private static double Linear(MLContext ml, IDataView train, IDataView test)
    {
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Stripes")
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Pixels")).Fit(train);
        return ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
    }

    /// <summary>Waves of about 3 pixels and of about 8, each upright or lying, at any phase, with noise.</summary>
    private static IDataView Textures(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            (bool fine, bool coarse) = (random.Next(2) == 0, random.Next(2) == 0);
            (float fineLength, float coarseLength) = (random.Between(2.5f, 3.5f), random.Between(7, 10));
            (float finePhase, float coarsePhase) = (random.Between(0, 7), random.Between(0, 7));
            float[] pixels = [.. Enumerable.Range(0, Side * Side).Select(i =>
                Wave(fine ? i / Side : i % Side, fineLength, finePhase) + Wave(coarse ? i / Side : i % Side, coarseLength, coarsePhase) + (0.3f * random.Normal()))];
            return new Texture { Pixels = pixels, Stripes = $"fine {(fine ? "lying" : "upright")}, coarse {(coarse ? "lying" : "upright")}" };
        }).ToArray());
    }

    private static float Wave(int position, float length, float phase) => MathF.Sin((2 * MathF.PI * position / length) + phase);

    private sealed class Texture
    {
        [VectorType(Side * Side)]
        public float[] Pixels { get; set; } = [];

        public string Stripes { get; set; } = "";
    }
}
