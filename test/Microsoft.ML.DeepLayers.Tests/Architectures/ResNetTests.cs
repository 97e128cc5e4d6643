using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Residual blocks (He et al. 2016): which shape is in a noisy picture, wherever it is?</summary>
[TestClass]
public sealed class ResNetTests
{
    private const int Side = 16;

    private static readonly string[] Shapes = ["disc", "square", "cross"];

    [TestMethod]
    public void Tells_shapes_in_noisy_pictures()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Pictures(ml, 800, seed: 1), Pictures(ml, 300, seed: 2));
        Network network = ResNet();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Shape")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                FeatureColumnName = "Pixels",
                Epochs = 14,
                Optimizer = new Adam(0.005f),
            }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(train);
        double accuracy = ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
        double linear = Linear(ml, train, test);
        Console.WriteLine($"accuracy {accuracy:0.000}, of a linear model {linear:0.000}");
        Assert.IsGreaterThan(0.88, accuracy);
        Assert.IsLessThan(0.6, linear);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score");
    }

    private static Network ResNet()
    {
        var pixels = new Input(Side, Side, 1);
        LayerOutput x = new Conv2D(8, 3, padding: Padding.Same).Apply(pixels);
        x = Block(x, filters: 8, strides: 1);
        x = Block(x, filters: 16, strides: 2);
        x = Block(x, filters: 24, strides: 2);
        return new Network(pixels, new GlobalAveragePooling2D().Apply(x));
    }

    private static LayerOutput Block(LayerOutput x, int filters, int strides)
    {
        var residual = new Sequential
        {
            new BatchNormalization(momentum: 0.9f),
            new ActivationLayer(Activation.ReLU),
            new Conv2D(filters, 3, strides, Padding.Same, useBias: false),
            new BatchNormalization(momentum: 0.9f),
            new ActivationLayer(Activation.ReLU),
            new Conv2D(filters, 3, padding: Padding.Same, useBias: false),
        };
        LayerOutput shortcut = strides == 1 ? x : new Conv2D(filters, 1, strides, useBias: false).Apply(x);
        return new Add().Apply(residual.Apply(x), shortcut);
    }

    private static double Linear(MLContext ml, IDataView train, IDataView test)
    {
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Shape")
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Label", "Pixels")).Fit(train);
        return ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
    }

    /// <summary>Shapes of 4 to 6 pixels to each side of a centre anywhere, brighter or darker than a noisy ground.</summary>
    private static IDataView Pictures(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            int shape = random.Next(Shapes.Length);
            float size = random.Between(4, 6), contrast = random.Between(1, 2) * (random.Next(2) == 0 ? 1 : -1);
            (float row, float column) = (random.Between(6, 10), random.Between(6, 10));
            float[] pixels = [.. Enumerable.Range(0, Side * Side).Select(i =>
                (IsInside(shape, MathF.Abs((i / Side) - row), MathF.Abs((i % Side) - column), size) ? contrast : 0) + (0.3f * random.Normal()))];
            return new Picture { Pixels = pixels, Shape = Shapes[shape] };
        }).ToArray());
    }

    private static bool IsInside(int shape, float down, float right, float size) => shape switch
    {
        0 => (down * down) + (right * right) <= size * size,
        1 => MathF.Max(down, right) <= size * 0.88f,
        _ => MathF.Max(down, right) <= size && MathF.Min(down, right) <= size / 3,
    };

    private sealed class Picture
    {
        [VectorType(Side * Side)]
        public float[] Pixels { get; set; } = [];

        public string Shape { get; set; } = "";
    }
}
