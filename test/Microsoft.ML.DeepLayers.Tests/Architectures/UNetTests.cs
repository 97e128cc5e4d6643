using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Architectures;

/// <summary>Down and up again, with bridges at each size (Ronneberger et al. 2015): which pixels are the disc?</summary>
[TestClass]
public sealed class UNetTests
{
    private const int Side = 16;

    [TestMethod]
    public void Finds_the_pixels_of_a_disc()
    {
        var ml = new MLContext(seed: 1);
        (IDataView train, IDataView test) = (Pictures(ml, 400, seed: 1), Pictures(ml, 150, seed: 2));
        Network network = UNet();
        ArchitectureCheck.Definition(network);

        ITransformer model = ml.Transforms.NormalizeMeanVariance("Pixels")
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                LabelColumnName = "Disc",
                FeatureColumnName = "Pixels",
                AddOutputLayer = false, // each pixel's own output is in the network
                Epochs = 12,
                Optimizer = new Adam(0.01f),
            })).Fit(train);
        IDataView scored = model.Transform(test);
        double overlap = Overlap(scored, "Score", 0.5f);
        double threshold = Enumerable.Range(-20, 41).Max(i => Overlap(test, "Pixels", i / 10f));
        Console.WriteLine($"overlap {overlap:0.000}, of the best threshold {threshold:0.000}");
        Assert.IsGreaterThan(0.75, overlap);
        Assert.IsLessThan(0.5, threshold);
        ArchitectureCheck.SavedAndLoaded(ml, model, test, "Score");
    }

    private static Network UNet()
    {
        var pixels = new Input(Side, Side, 1);
        LayerOutput whole = Convolutions(8).Apply(pixels);
        LayerOutput half = Convolutions(12).Apply(new MaxPooling2D().Apply(whole));
        LayerOutput quarter = Convolutions(16).Apply(new MaxPooling2D().Apply(half));
        LayerOutput x = new Conv2DTranspose(12, 2, strides: 2).Apply(quarter);
        x = Convolutions(12).Apply(new Concatenate().Apply(x, half));
        x = new Conv2DTranspose(8, 2, strides: 2).Apply(x);
        x = Convolutions(8).Apply(new Concatenate().Apply(x, whole));
        x = new Conv2D(1, 1, activation: Activation.Sigmoid).Apply(x);
        return new Network(pixels, new Flatten().Apply(x));
    }

    private static Sequential Convolutions(int filters) =>
    [
        new Conv2D(filters, 3, padding: Padding.Same, activation: Activation.ReLU),
        new Conv2D(filters, 3, padding: Padding.Same, activation: Activation.ReLU),
    ];

    /// <summary>Intersection over union of all pixels above a threshold and all pixels of discs.</summary>
    private static double Overlap(IDataView data, string column, float threshold)
    {
        (bool Found, bool Wanted)[] pixels = [.. data.GetColumn<float[]>(column).SelectMany(row => row).Zip(
            data.GetColumn<float[]>("Disc").SelectMany(row => row), (found, wanted) => (found > threshold, wanted > 0.5f))];
        return (double)pixels.Count(pixel => pixel.Found && pixel.Wanted) / pixels.Count(pixel => pixel.Found || pixel.Wanted);
    }

    /// <summary>A disc of contrast 1 under noise of deviation 0.7: no pixel says by itself where it belongs.</summary>
    private static IDataView Pictures(MLContext ml, int count, int seed)
    {
        var random = new Random(seed);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            (float row, float column, float radius) = (random.Between(4, 11), random.Between(4, 11), random.Between(3, 5));
            float[] disc = [.. Enumerable.Range(0, Side * Side).Select(i => float.Hypot((i / Side) - row, (i % Side) - column) <= radius ? 1f : 0)];
            return new Picture { Pixels = [.. disc.Select(pixel => pixel + (0.7f * random.Normal()))], Disc = disc };
        }).ToArray());
    }

    private sealed class Picture
    {
        [VectorType(Side * Side)]
        public float[] Pixels { get; set; } = [];

        [VectorType(Side * Side)]
        public float[] Disc { get; set; } = [];
    }
}
