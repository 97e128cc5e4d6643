using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Normalizations by their definitions, in numbers worked by hand or by loops over doubles.</summary>
[TestClass]
public sealed class NormalizationReferenceTests
{
    [TestMethod]
    public void Layer_normalization_by_hand()
    {
        // Values 1 and 5: mean 3, biased variance 4. PyTorch's epsilon is 0.00001, Keras's 0.001.
        using var harness = new LayerHarness([new LayerNormalization()], new Shape(2), fill: spec => spec.Name == "gamma" ? [2, 3] : [10, 20]);
        double one = 2 / Math.Sqrt(4 + 1e-3);
        AssertBoth([10 - (2 * one), 20 + (3 * one)], harness, Values.Of([1, 5], 1, 2));
        AssertBoth([10, 20], harness, Values.Of([7, 7], 1, 2));
    }

    [TestMethod]
    public void Layer_normalization_along_several_axes_has_a_gamma_for_each_place()
    {
        // 0, 2, 4, 6: mean 3, variance (9 + 1 + 1 + 9) / 4 = 5.
        using var harness = new LayerHarness([new LayerNormalization([1, 2])], new Shape(2, 2), fill: spec => spec.Name == "gamma" ? [1, 2, 3, 4] : [0, 0, 0, 1]);
        double deviation = Math.Sqrt(5 + 1e-3);
        AssertBoth([-3 / deviation, -1 * 2 / deviation, 1 * 3 / deviation, (3 * 4 / deviation) + 1], harness, Values.Of([0, 2, 4, 6], 1, 2, 2));
        CollectionAssert.AreEqual(
            new[] { "gamma [3, 4]", "beta [3, 4]" },
            new LayerNormalization(new[] { -1, 2 }).GetWeights(new Shape(5, 3, 4)).Select(weight => $"{weight.Name} {weight.Shape}").ToArray());
    }

    [TestMethod]
    public void Group_normalization_by_loops()
    {
        // Channels a, b | c, d at two positions; mean and variance over both positions and both channels of a group.
        double[] x = [1, 3, 10, 20, 5, 7, 30, 60];
        using var harness = new LayerHarness([new GroupNormalization(2)], new Shape(2, 4), fill: spec => spec.Name == "gamma" ? [1, 2, 3, 4] : [0, 1, 2, 3]);
        double[] expected = new double[8];
        for (int group = 0; group < 2; group++)
        {
            double[] of = [.. x.Where((_, i) => i % 4 / 2 == group)];
            double mean = of.Average();
            double variance = of.Average(value => (value - mean) * (value - mean));
            for (int i = 0; i < 8; i++)
            {
                int channel = i % 4;
                expected[i] = channel / 2 == group ? ((x[i] - mean) / Math.Sqrt(variance + 1e-3) * (channel + 1)) + channel : expected[i];
            }
        }

        // The first group is 1, 3, 5, 7: mean 4, variance 5.
        Assert.AreEqual(-3 / Math.Sqrt(5.001), expected[0], 1e-12);
        AssertBoth(expected, harness, Values.Of(x, 1, 2, 4));
    }

    [TestMethod]
    public void A_group_a_channel_is_instance_normalization()
    {
        // Channels 1, 5 (mean 3, variance 4) and 0, 20 (mean 10, variance 100).
        using var harness = new LayerHarness([new GroupNormalization(-1, scale: false, center: false)], new Shape(2, 2));
        (double first, double second) = (2 / Math.Sqrt(4.001), 10 / Math.Sqrt(100.001));
        AssertBoth([-first, -second, first, second], harness, Values.Of([1, 0, 5, 20], 1, 2, 2));
    }

    [TestMethod]
    public void A_group_of_one_value_gives_beta()
    {
        using var harness = new LayerHarness([new GroupNormalization(-1)], new Shape(2), fill: spec => spec.Name == "gamma" ? [2, 3] : [0.5f, -1]);
        // The deviation is √0.001 alone, by which rounding errors of 7 are divided.
        AssertBoth([0.5, -1], harness, Values.Of([7, -3], 1, 2), tolerance: 1e-4);
    }

    [TestMethod]
    public void Groups_along_another_axis_are_those_of_the_permuted_input()
    {
        var random = new Random(3);
        double[] x = [.. Enumerable.Range(0, 24).Select(_ => random.NextDouble())];
        using var channelsFirst = new LayerHarness([new GroupNormalization(2, axis: 1)], new Shape(4, 6));
        using var channelsLast = new LayerHarness([new Permute(2, 1), new GroupNormalization(2), new Permute(2, 1)], new Shape(4, 6));
        AssertBoth(channelsLast.RunTorch(Values.Of(x, 1, 4, 6)).Data, channelsFirst, Values.Of(x, 1, 4, 6));
    }

    [TestMethod]
    public void Root_mean_square_by_hand()
    {
        // Mean square of 1 and 7: 25. The mean is not subtracted.
        using var harness = new LayerHarness([new RMSNormalization(epsilon: 0.5f)], new Shape(2), fill: _ => [2, 10]);
        AssertBoth([2 / Math.Sqrt(25.5), 70 / Math.Sqrt(25.5)], harness, Values.Of([1, 7], 1, 2));
    }

    [TestMethod]
    public void Unit_length_by_hand()
    {
        using var harness = new LayerHarness([new UnitNormalization()], new Shape(2));
        AssertBoth([0.6, 0.8, 0, 0, -1, 0], harness, Values.Of([3, 4, 0, 0, -5, 0], 3, 2));

        // Below 10⁻⁶ a length counts as that: Keras's bound is 10⁻¹² on the square.
        AssertBoth([0.3, 0.4], harness, Values.Of([3e-7, 4e-7], 1, 2));
        using var whole = new LayerHarness([new UnitNormalization([1, 2])], new Shape(2, 2));
        AssertBoth([0.1, 0.5, 0.5, 0.7], whole, Values.Of([1, 5, 5, 7], 1, 2, 2));
    }

    [TestMethod]
    public void Masked_steps_do_not_count_for_the_statistics_of_a_batch()
    {
        using var harness = new LayerHarness([new BatchNormalization(momentum: 0.5f)], new Shape(3, 1), ScalarType.Float64, InitialWeights.Of);
        // 1 and 5 count: mean 3, variance 4. The values left out are normalized with these, too.
        var given = new LayerArguments([Values.Of([1, 100, 5], 1, 3, 1)], [Values.Of([1, 0, 1], 1, 3)]);
        double deviation = Math.Sqrt(4 + 1e-3);
        NumberAssert.AreClose([-2 / deviation, 97 / deviation, 2 / deviation], harness.RunTorch(given, training: true).Outputs[0].Data, 1e-6, "output");
        NumberAssert.AreClose([1.5], Values.From(harness.Weight("moving_mean")).Data, 1e-6, "moving mean");
        NumberAssert.AreClose([0.5 + 2], Values.From(harness.Weight("moving_variance")).Data, 1e-6, "moving variance");
    }

    [TestMethod]
    public void All_positions_of_a_masked_step_are_left_out()
    {
        using var harness = new LayerHarness([new BatchNormalization(momentum: 0)], new Shape(2, 2, 1), ScalarType.Float64, InitialWeights.Of);
        var given = new LayerArguments([Values.Of([1, 5, 100, 200, 3, 3, 3, 3], 2, 2, 2, 1)], [Values.Of([1, 0, 1, 1], 2, 2)]);
        harness.RunTorch(given, training: true);
        // 1, 5, 3, 3, 3, 3: mean 3, variance 8 / 6.
        NumberAssert.AreClose([3], Values.From(harness.Weight("moving_mean")).Data, 1e-6, "moving mean");
        NumberAssert.AreClose([8.0 / 6], Values.From(harness.Weight("moving_variance")).Data, 1e-6, "moving variance");
    }

    [TestMethod]
    public void A_mask_of_all_steps_changes_nothing_and_one_of_none_gives_numbers()
    {
        using var plain = new LayerHarness([new BatchNormalization()], new Shape(2, 2), ScalarType.Float64, InitialWeights.Of);
        using var masked = new LayerHarness([new BatchNormalization()], new Shape(2, 2), ScalarType.Float64, InitialWeights.Of);
        Values x = Values.Of([1, 2, 3, 5, 8, 13, 21, 34], 2, 2, 2);
        NumberAssert.AreClose(
            plain.RunTorch(x, training: true), masked.RunTorch(new LayerArguments([x], [Values.Of([1, 1, 1, 1], 2, 2)]), training: true).Outputs[0], 1e-6);
        double[] none = masked.RunTorch(new LayerArguments([x], [Values.Of([0, 0, 0, 0], 2, 2)]), training: true).Outputs[0].Data;
        Assert.IsTrue(none.All(double.IsFinite));
    }

    [TestMethod]
    public void The_scale_of_root_mean_squares_starts_with_one()
    {
        using var harness = new LayerHarness([new RMSNormalization()], new Shape(2), fill: InitialWeights.Of);
        AssertBoth([0.2, 1.4], harness, Values.Of([1, 7], 1, 2));
    }

    [TestMethod]
    public void A_layer_scale_multiplies_channels_and_starts_small()
    {
        using var harness = new LayerHarness([new LayerScale()], new Shape(2, 2), fill: _ => [2, -3]);
        AssertBoth([2, -6, 6, -12], harness, Values.Of([1, 2, 3, 4], 1, 2, 2));
        using var start = new LayerHarness([new LayerScale()], new Shape(2), fill: InitialWeights.Of);
        AssertBoth([5e-6, -7e-6], start, Values.Of([5, -7], 1, 2));
        // Behind a convolution, whose channels ONNX has first.
        using var behind = new LayerHarness([new Conv2D(2, 1, useBias: false), new LayerScale()], new Shape(1, 3, 1), fill: spec => spec.Name == "gamma" ? [2, -3] : [1, 10]);
        AssertBoth([2, -30, 4, -60, 6, -90], behind, Values.Of([1, 2, 3], 1, 1, 3, 1));
    }

    private static void AssertBoth(double[] expected, LayerHarness harness, Values x, double tolerance = 2e-6)
    {
        NumberAssert.AreClose(expected, harness.RunTorch(x).Data, tolerance, "libtorch");
        NumberAssert.AreClose(expected, harness.RunTorch(x, training: true).Data, tolerance, "libtorch, training");
        NumberAssert.AreClose(expected, harness.RunOnnx(x).Data, tolerance, "ONNX Runtime");
    }
}
