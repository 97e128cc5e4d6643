using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// Keras's conventions, where PyTorch's differ: momentum is the share of the old average, epsilon is 0.001, and the
/// moving variance is an average of biased variances.
/// </summary>
[TestClass]
public sealed class BatchNormalizationTests
{
    [TestMethod]
    public void One_step_by_hand()
    {
        using LayerHarness harness = Create(new BatchNormalization(), new Shape(1));
        // Values 1 and 5: mean 3, biased variance 4 (unbiased 8).
        Values output = harness.RunTorch(Values.Of([1, 5], 2, 1), training: true);
        double one = 2 / Math.Sqrt(4 + 1e-3);
        NumberAssert.AreClose([-one, one], output.Data, 1e-6, "output");
        NumberAssert.AreClose([0.01 * 3], Moving(harness, "mean"), 1e-5, "moving mean");
        NumberAssert.AreClose([0.99 + (0.01 * 4)], Moving(harness, "variance"), 1e-6, "moving variance");

        Values scored = harness.RunTorch(Values.Of([1, 5], 2, 1));
        double deviation = Math.Sqrt(1.03 + 1e-3);
        NumberAssert.AreClose([(1 - 0.03) / deviation, (5 - 0.03) / deviation], scored.Data, 1e-6, "scored");
        NumberAssert.AreClose([0.03], Moving(harness, "mean"), 1e-5, "scoring is not to move the average");
    }

    [TestMethod]
    public void Positions_count_like_examples()
    {
        using LayerHarness harness = Create(new BatchNormalization(momentum: 0.5f, epsilon: 1e-5f), new Shape(2, 1, 2));
        // Two examples of two positions; the second channel is ten times the first.
        Values output = harness.RunTorch(Values.Of([1, 10, 2, 20, 3, 30, 6, 60], 2, 2, 1, 2), training: true);
        // Channel 1: mean 3, squares of differences 4 + 1 + 0 + 9 over 4 = 3.5.
        double deviation = Math.Sqrt(3.5 + 1e-5);
        double[] first = [.. output.Data.Where((_, i) => i % 2 == 0)];
        NumberAssert.AreClose([-2 / deviation, -1 / deviation, 0, 3 / deviation], first, 1e-6, "channel 1");
        NumberAssert.AreClose([1.5, 15], Moving(harness, "mean"), 1e-6, "moving mean");
        NumberAssert.AreClose([0.5 + 1.75, 0.5 + 175], Moving(harness, "variance"), 1e-6, "moving variance");
    }

    [TestMethod]
    public void Ten_steps_by_the_formula()
    {
        using LayerHarness harness = Create(new BatchNormalization(momentum: 0.9f), new Shape(3));
        var random = new Random(5);
        double[] mean = new double[3];
        double[] variance = [1, 1, 1];
        for (int step = 0; step < 10; step++)
        {
            double[] values = [.. Enumerable.Range(0, 12).Select(_ => (random.NextDouble() * 4) + step)];
            harness.RunTorch(Values.Of(values, 4, 3), training: true);
            for (int channel = 0; channel < 3; channel++)
            {
                double[] of = [.. values.Where((_, i) => i % 3 == channel)];
                double average = of.Average();
                mean[channel] = (0.9 * mean[channel]) + (0.1 * average);
                variance[channel] = (0.9 * variance[channel]) + (0.1 * of.Average(value => (value - average) * (value - average)));
            }
        }

        NumberAssert.AreClose(mean, Moving(harness, "mean"), 1e-5, "moving mean");
        NumberAssert.AreClose(variance, Moving(harness, "variance"), 1e-5, "moving variance");
    }

    /// <summary>The last batch of an epoch may have one row. libtorch refuses it; Keras does not.</summary>
    [TestMethod]
    public void A_batch_of_one_value_gives_beta()
    {
        using var harness = new LayerHarness([new BatchNormalization()], new Shape(2), fill: spec => spec.Name switch
        {
            "beta" => [0.25f, -0.5f],
            "moving_mean" => [0, 0],
            _ => [1, 1],
        });
        NumberAssert.AreClose([0.25, -0.5], harness.RunTorch(Values.Of([7, -3], 1, 2), training: true).Data, 1e-7, "output");
        NumberAssert.AreClose([0.07, -0.03], Moving(harness, "mean"), 1e-5, "moving mean");
        NumberAssert.AreClose([0.99, 0.99], Moving(harness, "variance"), 1e-6, "moving variance");
    }

    [TestMethod]
    public void The_moving_averages_are_not_trained()
    {
        IReadOnlyList<WeightSpec> weights = new BatchNormalization().GetWeights(new Shape(4));
        CollectionAssert.AreEqual(
            new[] { "gamma True", "beta True", "moving_mean False", "moving_variance False" },
            weights.Select(spec => $"{spec.Name} {spec.Trainable}").ToArray());
        using LayerHarness harness = Create(new BatchNormalization(), new Shape(4));
        Assert.IsFalse(harness.Weight("moving_mean").requires_grad);
        Assert.IsTrue(harness.Weight("gamma").requires_grad);
    }

    private static double[] Moving(LayerHarness harness, string name)
    {
        using var scope = NewDisposeScope();
        return Values.From(harness.Weight($"moving_{name}")).Data;
    }

    /// <summary>A layer with its own initial weights.</summary>
    private static LayerHarness Create(BatchNormalization layer, Shape input) => new([layer], input, fill: InitialWeights.Of);
}
