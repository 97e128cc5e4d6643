using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Convolutions over volumes, and depthwise and separable ones, against worked numbers and the definition.</summary>
[TestClass]
public sealed class SeparableConvolutionReferenceTests
{
    /// <summary>Both multiples of the first channel come first.</summary>
    [TestMethod]
    public void Multiples_of_a_channel_are_neighbours()
    {
        AssertComputes(new DepthwiseConv1D(1, depthMultiplier: 2, useBias: false), new Shape(1, 2), [1, 2], [1, 10, 200, 2000], _ => [1, 10, 100, 1000]);
        AssertComputes(new DepthwiseConv2D(1, depthMultiplier: 2, useBias: false), new Shape(1, 1, 2), [1, 2], [1, 10, 200, 2000], _ => [1, 10, 100, 1000]);
    }

    [TestMethod]
    public void Depthwise_channels_do_not_mix()
    {
        // The window takes in two steps; the bias is one number a channel.
        AssertComputes(
            new DepthwiseConv1D(2), new Shape(3, 2), [1, 5, 2, 6, 3, 7], [1 + 20 + 0.25, 500 + 6000 + 0.5, 2 + 30 + 0.25, 600 + 7000 + 0.5],
            spec => spec.Name == "kernel" ? [1, 10, 100, 1000] : [0.25f, 0.5f]);
    }

    [TestMethod]
    public void Separable_is_depthwise_then_pointwise()
    {
        float[] Weights(WeightSpec spec) => spec.Name switch
        {
            "depthwise_kernel" => [10, 100],
            "pointwise_kernel" => [1, 3, 2, 1],
            _ => [5, 6],
        };
        // Depthwise 1 · 10 and 2 · 100; the first filter mixes them as 10 + 3 · 200, the second as 2 · 10 + 200.
        AssertComputes(new SeparableConv1D(2, 1), new Shape(1, 2), [1, 2], [615, 226], Weights);
        AssertComputes(new SeparableConv2D(2, 1), new Shape(1, 1, 2), [1, 2], [615, 226], Weights);
    }

    /// <summary>The activation comes after both steps: between them -1 passes on.</summary>
    [TestMethod]
    public void Nothing_happens_between_depthwise_and_pointwise() => AssertComputes(
        new SeparableConv1D(1, 1, activation: Activation.ReLU), new Shape(1, 1), [1], [2], spec => spec.Name == "bias" ? [0] : spec.Name == "depthwise_kernel" ? [-1] : [-2]);

    [TestMethod]
    public void Causal_outputs_see_no_later_input()
    {
        double[] expected = [100, 210, 321, 432];
        AssertComputes(new DepthwiseConv1D(3, padding: Padding.Causal, useBias: false), new Shape(4, 1), [1, 2, 3, 4], expected, _ => [1, 10, 100]);
        AssertComputes(
            new SeparableConv1D(1, 3, padding: Padding.Causal, useBias: false), new Shape(4, 1), [1, 2, 3, 4], expected,
            spec => spec.Name == "pointwise_kernel" ? [1] : [1, 10, 100]);
    }

    /// <summary>An even length under a window of 3 with stride 2 is padded at the end alone, along each of three axes.</summary>
    [TestMethod]
    public void Strided_same_padding_of_a_volume_is_at_the_end()
    {
        double[] input = [.. Enumerable.Range(1, 64).Select(i => (double)i)];
        float[] ones = [.. Enumerable.Repeat(1f, 27)];
        // The window at the beginning takes in the positions 0 to 2 of each axis, the one at the end 2 and 3.
        double first = Sum([0, 1, 2], [0, 1, 2], [0, 1, 2]);
        double last = Sum([2, 3], [2, 3], [2, 3]);
        Values output = Run(new Conv3D(1, 3, strides: 2, padding: Padding.Same, useBias: false), new Shape(4, 4, 4, 1), input, _ => ones);
        CollectionAssert.AreEqual(new long[] { 1, 2, 2, 2, 1 }, output.Dimensions);
        Assert.AreEqual(first, output.Data[0]);
        Assert.AreEqual(last, output.Data[^1]);

        double Sum(int[] depths, int[] rows, int[] columns) =>
            depths.Sum(depth => rows.Sum(row => columns.Sum(column => input[(depth * 16) + (row * 4) + column])));
    }

    [TestMethod]
    [DataRow(Padding.Valid, 1, 1, 1)]
    [DataRow(Padding.Same, 1, 1, 1)]
    [DataRow(Padding.Valid, 2, 1, 2)]
    [DataRow(Padding.Same, 2, 1, 2)]
    [DataRow(Padding.Same, 3, 1, 1)]
    [DataRow(Padding.Valid, 1, 2, 1)]
    [DataRow(Padding.Same, 1, 2, 2)]
    public void Volumes_follow_the_definition(Padding padding, int stride, int dilation, int groups)
    {
        // All three axes differ, so that swapping them shows.
        var layer = new Conv3D(4, (1, 2, 3), (stride, 1, stride), padding, (1, dilation, dilation), groups);
        AssertFollows(layer, new Shape(4, 5, 7, 2), (input, weights) => ConvolutionReference.Convolve(
            input, weights["kernel"], 4, groups, new(1, stride, 1, padding), new(2, 1, dilation, padding), new(3, stride, dilation, padding)));
    }

    [TestMethod]
    [DataRow(Padding.Valid, 2, 1, 1)]
    [DataRow(Padding.Same, 2, 1, 2)]
    [DataRow(Padding.Same, 1, 2, 3)]
    [DataRow(Padding.Causal, 1, 3, 2)]
    [DataRow(Padding.Causal, 3, 1, 1)]
    public void Sequences_follow_the_definition(Padding padding, int stride, int dilation, int multiplier)
    {
        ReferenceAxis axis = new(3, stride, dilation, padding);
        AssertFollows(new DepthwiseConv1D(3, stride, padding, multiplier, dilation), new Shape(8, 3), (input, weights) =>
            ConvolutionReference.Convolve(input, weights["kernel"], 3 * multiplier, groups: 3, axis));
        AssertFollows(new SeparableConv1D(4, 3, stride, padding, dilation, multiplier), new Shape(8, 3), (input, weights) =>
            ConvolutionReference.Convolve(
                ConvolutionReference.Convolve(input, weights["depthwise_kernel"], 3 * multiplier, groups: 3, axis),
                weights["pointwise_kernel"], 4, 1, new ReferenceAxis(1)));
    }

    [TestMethod]
    [DataRow(Padding.Valid, 2, 1, 1)]
    [DataRow(Padding.Same, 2, 1, 2)]
    [DataRow(Padding.Same, 1, 2, 2)]
    [DataRow(Padding.Same, 3, 1, 1)]
    public void Images_follow_the_definition(Padding padding, int stride, int dilation, int multiplier)
    {
        ReferenceAxis[] axes = [new(2, stride, dilation, padding), new(3, stride, dilation, padding)];
        AssertFollows(new DepthwiseConv2D((2, 3), stride, padding, multiplier, dilation), new Shape(5, 8, 3), (input, weights) =>
            ConvolutionReference.Convolve(input, weights["kernel"], 3 * multiplier, groups: 3, axes));
        AssertFollows(new SeparableConv2D(4, (2, 3), stride, padding, dilation, multiplier), new Shape(5, 8, 3), (input, weights) =>
            ConvolutionReference.Convolve(
                ConvolutionReference.Convolve(input, weights["depthwise_kernel"], 3 * multiplier, groups: 3, axes),
                weights["pointwise_kernel"], 4, 1, new ReferenceAxis(1), new ReferenceAxis(1)));
    }

    /// <summary>Keras takes the last but one axis of its kernels for the inputs and the last for the outputs.</summary>
    [TestMethod]
    public void Fans_are_counted_as_keras_counts_them()
    {
        AssertFans(new Conv3D(6, (2, 3, 4), groups: 2), new Shape(5, 5, 5, 4), "kernel", 24 * 2, 24 * 6);
        AssertFans(new DepthwiseConv2D((2, 3), depthMultiplier: 5), new Shape(5, 5, 4), "kernel", 6 * 4, 6 * 5);
        AssertFans(new SeparableConv1D(7, 3, depthMultiplier: 5), new Shape(5, 4), "depthwise_kernel", 3 * 4, 3 * 5);
        AssertFans(new SeparableConv1D(7, 3, depthMultiplier: 5), new Shape(5, 4), "pointwise_kernel", 20, 7);
        AssertFans(new Conv2DTranspose(6, (2, 3)), new Shape(5, 5, 4), "kernel", 6 * 6, 6 * 4);
    }

    internal static void AssertComputes(Layer layer, Shape shape, double[] input, double[] expected, Func<WeightSpec, float[]> fill) =>
        NumberAssert.AreClose(expected, Run(layer, shape, input, fill).Data, 0, $"{layer}");

    /// <summary>What libtorch computes, after ONNX Runtime has been found to compute the same.</summary>
    internal static Values Run(Layer layer, Shape shape, double[] input, Func<WeightSpec, float[]> fill)
    {
        using var harness = new LayerHarness([layer], shape, fill: fill);
        var values = new Values(shape.WithBatch(1), input);
        Values output = harness.RunTorch(values);
        NumberAssert.AreClose(output, harness.RunOnnx(values), 0, $"{layer}");
        return output;
    }

    /// <summary>With random weights, the layer computes what the reference does, plus the bias.</summary>
    internal static void AssertFollows(Layer layer, Shape shape, Func<Values, Dictionary<string, float[]>, Values> reference)
    {
        var random = new Random(4);
        Dictionary<string, float[]> weights = layer.GetWeights([shape]).ToDictionary(spec => spec.Name, spec => LayerHarness.RandomWeight(spec, random));
        using var harness = new LayerHarness([layer], shape, fill: spec => weights[spec.Name]);
        Values input = LayerHarness.RandomInput(new LayerInfo("reference", () => layer), shape, 2);
        Values expected = ConvolutionReference.Add(reference(input, weights), weights["bias"]);
        NumberAssert.AreClose(expected, harness.RunTorch(input), 1e-5, $"libtorch, {layer}");
        NumberAssert.AreClose(expected, harness.RunOnnx(input), 1e-5, $"ONNX Runtime, {layer}");
        CollectionAssert.AreEqual(expected.Dimensions, harness.Output.WithBatch(2));
    }

    private static void AssertFans(Layer layer, Shape input, string name, int fanIn, int fanOut)
    {
        WeightSpec spec = layer.GetWeights([input]).Single(spec => spec.Name == name);
        Assert.AreEqual((fanIn, fanOut), (spec.FanIn, spec.FanOut), $"{layer}, {name}");
    }
}
