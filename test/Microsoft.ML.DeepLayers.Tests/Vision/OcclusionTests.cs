using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Occlusion by hand, and what it refuses.</summary>
[TestClass]
public sealed class OcclusionTests
{
    /// <summary>A linear network over a 4 x 4 image: covering pixels takes away exactly what they add.</summary>
    [TestMethod]
    public void A_pixel_has_the_mean_fall_over_the_patches_that_cover_it()
    {
        var random = new Random(1);
        float[] image = Numbers(random, 16), weights = Numbers(random, 16);
        NeuralNetworkTransformer network = Linear(weights);
        using var occlusion = new Occlusion(network, patchSize: 2, stride: 1, fillValue: 0.25f);
        HeatMap map = occlusion.Explain(image);
        double[] expected = new double[16];
        for (int pixel = 0; pixel < 16; pixel++)
        {
            var falls = new List<double>();
            for (int top = 0; top < 3; top++)
            {
                for (int left = 0; left < 3; left++)
                {
                    int[] covered = [(top * 4) + left, (top * 4) + left + 1, (top * 4) + left + 4, (top * 4) + left + 5];
                    if (covered.Contains(pixel))
                    {
                        falls.Add(covered.Sum(at => (double)weights[at] * (image[at] - 0.25f)));
                    }
                }
            }

            expected[pixel] = Math.Max(0, falls.Average());
        }

        Assert.AreEqual(image.Zip(weights).Sum(pair => pair.First * pair.Second), map.Score, 1e-5);
        Assert.AreEqual(expected.Max(), map.Peak, 1e-5);
        for (int pixel = 0; pixel < 16; pixel++)
        {
            Assert.AreEqual(expected[pixel], map.Values.Span[pixel] * map.Peak, 1e-5, $"pixel {pixel}");
        }
    }

    [TestMethod]
    public void The_last_patch_ends_at_the_border_and_the_color_is_the_mean()
    {
        // Only the pixel at the bottom right counts; patches of 3 with stride 3 begin at 0 and, to end at the border, at 1.
        float[] image = [.. Enumerable.Range(0, 16).Select(i => i / 15f)], weights = new float[16];
        weights[15] = 2;
        using var occlusion = new Occlusion(Linear(weights), patchSize: 3, stride: 3);
        HeatMap map = occlusion.Explain(image);
        // Covered by the patch at (1, 1) alone: 2 · (1 - 0.5).
        Assert.AreEqual(1, map.Peak, 1e-6);
        Assert.AreEqual(1f, map[3, 3], 1e-6f);
        Assert.AreEqual(0.25f, map[1, 1], 1e-6f, "A quarter of the patches that cover it.");
        Assert.AreEqual(0f, map[0, 0]);
    }

    [TestMethod]
    public void Nothing_that_speaks_for_a_class_gives_an_empty_map()
    {
        using var occlusion = new Occlusion(Linear(new float[16]), patchSize: 2);
        HeatMap map = occlusion.Explain(new float[16]);
        Assert.AreEqual(0, map.Peak);
        Assert.IsTrue(map.Values.Span.IndexOfAnyExcept(0f) < 0);
    }

    [TestMethod]
    public void It_explains_networks_without_a_convolution_and_classes_that_are_certain()
    {
        // A logit of 60 is a probability of 1 to the last bit of a float, and still falls.
        NeuralNetworkTransformer network = Binary().WithWeights("output", [.. Enumerable.Repeat(5f, 16)], [-20f]);
        float[] image = [.. Enumerable.Repeat(1f, 16)];
        using var occlusion = new Occlusion(network, patchSize: 2, fillValue: 0);
        HeatMap map = occlusion.Explain(image);
        Assert.AreEqual((1, 1f), (map.ClassIndex, map.Score));
        Assert.AreEqual(20, map.Peak, 1e-4);
        HeatMap other = occlusion.Explain(image, 0);
        Assert.AreEqual(0, other.Peak, "Covering never speaks for the other class here.");
    }

    [TestMethod]
    public void Wrong_patches_and_strides_are_refused()
    {
        ITransformer model = Linear(new float[16]);
        Assert.Contains("4 x 4", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Occlusion(model, patchSize: 5)).Message);
        Assert.Contains("2 x 2", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Occlusion(model, patchSize: 2, stride: 3)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new Occlusion(model, fillValue: float.NaN));
        using var occlusion = new Occlusion(model);
        Assert.AreEqual((new Size2D(1, 1), new Size2D(1, 1)), (occlusion.PatchSize, occlusion.Stride));
        Assert.Contains("1 values, numbered from 0 to 0", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => occlusion.Explain(new float[16], 1)).Message);
    }

    [TestMethod]
    public void A_process_without_libtorch_occludes_and_says_what_grad_cam_lacks()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(ShapeModel.Pictures[..3]);
        FreshProcessTests.Save(ml, data, folder["data.idv"]);
        string output = FreshProcessTests.RunHost("explain", ShapeModel.ZipPath, folder["data.idv"]);
        using var occlusion = new Occlusion(ShapeModel.Model, patchSize: 4, stride: 2);
        foreach (HeatMap map in occlusion.Explain(data))
        {
            Assert.Contains(FormattableString.Invariant($"{map.ClassName} {map.Peak:R} {map.Hottest}"), output);
        }

        Assert.Contains("Grad-CAM computes gradients, by libtorch; Occlusion does without.", output);
        Assert.Contains("no libtorch loaded", output);
    }

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];

    private static NeuralNetworkTransformer Linear(float[] weights)
    {
        var ml = new MLContext(seed: 1);
        return ml.Regression.Trainers.NeuralNetwork(new Sequential { new Input(4, 4, 1), new Flatten() }, epochs: 1).Fit(Data(ml)).WithWeights("output", weights, [0f]);
    }

    private static NeuralNetworkTransformer Binary()
    {
        var ml = new MLContext(seed: 1);
        return ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Input(4, 4, 1), new Flatten() }, epochs: 1).Fit(Data(ml));
    }

    private static IDataView Data(MLContext ml) => ml.Data.LoadFromEnumerable([new Row { Label = 1 }, new Row(), new Row { Label = 1 }]);

    private sealed class Row
    {
        [VectorType(16)]
        public float[] Features { get; set; } = new float[16];

        public float Label { get; set; }
    }
}
