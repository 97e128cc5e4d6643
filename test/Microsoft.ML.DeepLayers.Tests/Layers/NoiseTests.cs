using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>What random layers do in training, by statistics over many values with a seed, and that they do nothing at scoring.</summary>
[TestClass]
public sealed class NoiseTests
{
    private const int Count = 40_000;

    [TestMethod]
    public void The_seed_of_the_run_decides_and_scoring_changes_nothing()
    {
        foreach (Layer layer in new Layer[]
        {
            new Dropout(0.5f, new Shape(1, 4)), new SpatialDropout1D(0.5f), new GaussianNoise(0.5f), new GaussianDropout(0.5f), new AlphaDropout(0.5f),
            new DropPath(0.5f),
        })
        {
            using var harness = new LayerHarness([layer], new Shape(3, 4));
            Values x = Values.Of([.. Enumerable.Range(0, 240).Select(i => i + 0.5)], 20, 3, 4);
            double[] first = harness.RunTorch(x, training: true, seed: 1).Data;
            manual_seed(99); // libtorch's own generator, which other code of the process may use at any time.
            CollectionAssert.AreEqual(first, harness.RunTorch(x, training: true, seed: 1).Data, $"{layer}");
            CollectionAssert.AreNotEqual(first, harness.RunTorch(x, training: true, seed: 2).Data, $"{layer}");
            CollectionAssert.AreEqual(x.Data, harness.RunTorch(x).Data, $"{layer}");
            Assert.ThrowsExactly<InvalidOperationException>(() => Forward(harness, x), $"{layer}");
        }
    }

    [TestMethod]
    public void Gaussian_noise_is_added()
    {
        (double mean, double deviation) = Statistics(new GaussianNoise(0.25f), 3);
        // The standard errors are 0.25 / 200 = 0.00125 and 0.25 / √80,000 = 0.0009.
        Assert.AreEqual(3, mean, 0.005);
        Assert.AreEqual(0.25, deviation, 0.004);
    }

    [TestMethod]
    public void Gaussian_dropout_multiplies_by_noise_as_strong_as_dropout()
    {
        // sqrt(0.2 / 0.8) = 0.5, times the value 3. The standard errors are 0.0075 and 0.0053.
        (double mean, double deviation) = Statistics(new GaussianDropout(0.2f), 3);
        Assert.AreEqual(3, mean, 0.03);
        Assert.AreEqual(1.5, deviation, 0.022);
        Assert.AreEqual((0, 0), Statistics(new GaussianDropout(0.2f), 0));
    }

    [TestMethod]
    public void Alpha_dropout_gives_two_values_by_the_formula()
    {
        double[] output = Run(new AlphaDropout(0.3f), 1);
        const double Saturation = -1.7580993408473766;
        double a = 1 / Math.Sqrt(0.7 * (1 + (0.3 * Saturation * Saturation)));
        double b = -a * Saturation * 0.3;
        double[] kept = [.. output.Where(value => Math.Abs(value - (a + b)) < 1e-5)];
        double[] dropped = [.. output.Where(value => Math.Abs(value - ((a * Saturation) + b)) < 1e-5)];
        Assert.AreEqual(Count, kept.Length + dropped.Length);
        Assert.AreEqual(0.3, dropped.Length / (double)Count, 0.01);
    }

    /// <summary>Inputs of mean 0 and variance 1, as SELU's outputs are, keep both; <see cref="Dropout"/> would not keep the variance.</summary>
    [TestMethod]
    public void Alpha_dropout_keeps_mean_and_variance()
    {
        using var scope = NewDisposeScope();
        using var generator = TestDevice.Generator(4);
        using var harness = new LayerHarness([new ActivationLayer(Activation.SELU), new AlphaDropout(0.4f)], new Shape(1000));
        using var selu = new LayerHarness([new ActivationLayer(Activation.SELU)], new Shape(1000));
        Tensor x = empty(100, 1000).normal_(0, 1, generator);
        Tensor before = selu.Forward(x);
        Tensor after = harness.Forward(x, training: true, generator);
        Assert.AreEqual(0, before.mean().item<float>(), 0.02);
        Assert.AreEqual(0, after.mean().item<float>(), 0.02);
        Assert.AreEqual(1, before.std().item<float>(), 0.02);
        Assert.AreEqual(1, after.std().item<float>(), 0.02);
    }

    [TestMethod]
    public void Whole_examples_are_dropped_from_a_path()
    {
        using var harness = new LayerHarness([new DropPath(0.25f)], new Shape(2, 3));
        double[][] examples = [.. harness.RunTorch(Ones(5000 * 6, [5000, 2, 3]), training: true).Data.Chunk(6)];
        Assert.IsTrue(examples.All(example => example.Distinct().Count() == 1), "An example is dropped as a whole or not at all.");
        Assert.IsTrue(examples.All(example => example[0] == 0 || Math.Abs(example[0] - (1 / 0.75)) < 1e-6));
        // The standard error of the fraction is sqrt(0.25 · 0.75 / 5000) = 0.006.
        Assert.AreEqual(0.25, examples.Count(example => example[0] == 0) / 5000.0, 0.02);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Spatial_dropout_drops_whole_channels(int rank)
    {
        Layer layer = rank == 1 ? new SpatialDropout1D(0.25f) : rank == 2 ? new SpatialDropout2D(0.25f) : new SpatialDropout3D(0.25f);
        int[] places = [.. Enumerable.Repeat(2, rank)];
        int positions = 1 << rank;
        using var harness = new LayerHarness([layer], new Shape([.. places, 100]));
        double[] output = harness.RunTorch(Ones(50 * positions * 100, [50, .. places.Select(length => (long)length), 100]), training: true).Data;
        int dropped = 0;
        for (int example = 0; example < 50; example++)
        {
            for (int channel = 0; channel < 100; channel++)
            {
                double[] all = [.. Enumerable.Range(0, positions).Select(position => output[(((example * positions) + position) * 100) + channel])];
                Assert.AreEqual(1, all.Distinct().Count(), "A channel is dropped at all positions or at none.");
                Assert.IsTrue(all[0] == 0 || Math.Abs(all[0] - (1 / 0.75)) < 1e-6);
                dropped += all[0] == 0 ? 1 : 0;
            }
        }

        // The standard error of the fraction is sqrt(0.25 · 0.75 / 5000) = 0.006.
        Assert.AreEqual(0.25, dropped / 5000.0, 0.02);
    }

    [TestMethod]
    public void A_noise_shape_shares_decisions_within_each_example()
    {
        using var harness = new LayerHarness([new Dropout(0.5f, new Shape(Shape.Variable, 1))], new Shape(Shape.Variable, 3));
        double[] output = harness.RunTorch(Ones(200 * 5 * 3, 200, 5, 3), training: true).Data;
        double[][] steps = [.. output.Chunk(3)];
        Assert.IsTrue(steps.All(step => step.Distinct().Count() == 1), "A step is dropped as a whole.");
        Assert.AreEqual(0.5, steps.Count(step => step[0] == 0) / 1000.0, 0.06);
        Assert.IsTrue(steps.Chunk(5).Select(example => string.Concat(example.Select(step => step[0] == 0 ? '0' : '1'))).Distinct().Count() > 10, "Examples differ.");
    }

    /// <summary>Keras 3 does not divide by the size of the batch, as Keras 2 did.</summary>
    [TestMethod]
    public void Activity_is_added_to_the_loss_over_the_whole_batch()
    {
        using var scope = NewDisposeScope();
        using var builder = new LayerBuilder(new ActivityRegularization(l1: 0.5f, l2: 0.25f), [new Shape(2)], ScalarType.Float64, CPU);
        LayerFunction function = builder.BuildLayer();
        var context = new ForwardContext(true, null);
        Tensor x = tensor(new double[] { 1, -2, 3, -4 }).reshape(2, 2).requires_grad_();
        Assert.AreSame(x, function([x], context)[0]);
        Tensor loss = context.Losses.Aggregate((sum, term) => sum.add(term));
        // 0.5 · 10 + 0.25 · 30
        Assert.AreEqual(12.5, loss.item<double>(), 1e-12);
        loss.backward();
        NumberAssert.AreClose([1, -1.5, 2, -2.5], Values.From(x.grad!).Data, 1e-12, "gradient");
    }

    [TestMethod]
    public void No_activity_adds_nothing()
    {
        using var builder = new LayerBuilder(new ActivityRegularization(), [new Shape(2)], ScalarType.Float64, CPU);
        var context = new ForwardContext(true, null);
        using Tensor x = ones(1, 2);
        builder.BuildLayer()([x], context);
        Assert.IsEmpty(context.Losses);
    }

    private static void Forward(LayerHarness harness, Values x)
    {
        using var scope = NewDisposeScope();
        harness.Forward(x.ToTensor(ScalarType.Float32), training: true);
    }

    private static (double Mean, double Deviation) Statistics(Layer layer, double value)
    {
        double[] output = Run(layer, value);
        double mean = output.Average();
        return (mean, Math.Sqrt(output.Average(number => (number - mean) * (number - mean))));
    }

    private static double[] Run(Layer layer, double value)
    {
        using var harness = new LayerHarness([layer], new Shape(1000));
        return harness.RunTorch(Values.Of([.. Enumerable.Repeat(value, Count)], 40, 1000), training: true).Data;
    }

    private static Values Ones(int count, params long[] dimensions) => Values.Of([.. Enumerable.Repeat(1.0, count)], dimensions);
}
