using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Poolings against worked numbers.</summary>
[TestClass]
public sealed class PoolingReferenceTests
{
    [TestMethod]
    public void The_average_leaves_even_padding_out()
    {
        // One position is added at each end: (1 + 2) / 2, (2 + 3 + 4) / 3, (4 + 5) / 2.
        AssertPools(new AveragePooling1D(3, strides: 2, padding: Padding.Same), [1, 2, 3, 4, 5], [1.5, 3, 4.5]);
    }

    [TestMethod]
    public void The_average_leaves_uneven_padding_out()
    {
        // One position is added at the end: (1 + 2 + 3) / 3, (3 + 4) / 2.
        AssertPools(new AveragePooling1D(3, strides: 2, padding: Padding.Same), [1, 2, 3, 4], [2, 3.5]);
    }

    [TestMethod]
    public void The_average_of_an_image_leaves_padding_out_in_the_corner()
    {
        // 3 by 3 under a window of 2 with stride 2: whole, two columns lost, two rows lost, one value left.
        AssertPools(
            new AveragePooling2D(2, padding: Padding.Same), [1, 2, 3, 4, 5, 6, 7, 8, 9],
            [(1 + 2 + 4 + 5) / 4.0, (3 + 6) / 2.0, (7 + 8) / 2.0, 9], 3, 3);
    }

    /// <summary>What a GPU computes, whose own padding has wrong gradients.</summary>
    [TestMethod]
    [DataRow(3, 2, 1)]
    [DataRow(3, 1, 1)]
    [DataRow(5, 2, 2)]
    public void The_average_without_libtorchs_padding_is_the_one_with_it(int size, int stride, int pad)
    {
        using DisposeScope scope = NewDisposeScope();
        var axis = new WindowAxis(size, stride, 1, Padding.Same);
        Tensor x = randn([2, 3, 7, 6], dtype: ScalarType.Float64, requires_grad: true);
        Tensor expected = nn.functional.avg_pool2d(x, [size, size], [stride, stride], [pad, pad], count_include_pad: false);
        Tensor actual = Pooling.AverageOfPadded(x, new SlidingWindow(axis, axis), [pad, pad]);
        NumberAssert.AreClose(Values.From(expected), Values.From(actual), 1e-12, "averages");
        NumberAssert.AreClose(Values.From(autograd.grad([expected.square().sum()], [x])[0]), Values.From(autograd.grad([actual.square().sum()], [x])[0]), 1e-12, "gradients");
    }

    [TestMethod]
    public void Padding_never_is_the_maximum()
    {
        AssertPools(new MaxPooling1D(3, strides: 2, padding: Padding.Same), [-1, -2, -3, -4], [-1, -3]);
        AssertPools(new MaxPooling1D(3, strides: 2, padding: Padding.Same), [-1, -2, -3, -4, -5], [-1, -2, -4]);
    }

    [TestMethod]
    public void Without_padding_what_is_left_over_is_dropped()
    {
        AssertPools(new MaxPooling1D(2), [1, 5, 2, 4, 9], [5, 4]);
        AssertPools(new AveragePooling1D(2), [1, 5, 2, 4, 9], [3, 3]);
        AssertPools(new MaxPooling1D(2, strides: 3), [1, 5, 2, 4, 9], [5, 9]);
    }

    [TestMethod]
    public void Defaults_are_those_of_keras()
    {
        Assert.AreEqual(new MaxPooling2D(2), new MaxPooling2D());
        Assert.AreEqual(new AveragePooling2D((2, 2)), new AveragePooling2D());
        Assert.AreEqual(new MaxPooling1D(2, null), new MaxPooling1D());
        Assert.AreEqual(new Shape(13, 13, 8), new MaxPooling2D().ComputeOutputShape(new Shape(27, 27, 8)));
        Assert.AreEqual(new Shape(14, 14, 8), new MaxPooling2D(padding: Padding.Same, poolSize: 2).ComputeOutputShape(new Shape(27, 27, 8)));
    }

    [TestMethod]
    public void Global_pooling_is_per_channel()
    {
        double[] image = [1, 10, 2, 20, 3, 30, 6, 60];
        AssertGlobal(new GlobalAveragePooling2D(), image, [3, 30], 2, 2, 2);
        AssertGlobal(new GlobalMaxPooling2D(), image, [6, 60], 2, 2, 2);
        AssertGlobal(new GlobalAveragePooling1D(), image, [3, 30], 4, 2);
        AssertGlobal(new GlobalMaxPooling1D(), image, [6, 60], 4, 2);
        Assert.AreEqual(new Shape(1, 1, 2), new GlobalMaxPooling2D(keepDims: true).ComputeOutputShape(new Shape(2, 2, 2)));
    }

    private static void AssertPools(Layer layer, double[] input, double[] expected, params int[] image)
    {
        int[] shape = [.. image.Length == 0 ? [input.Length] : image, 1];
        using var harness = new LayerHarness([layer], shape);
        Values values = Values.Of(input, harness.Output.WithBatch(1)) with { Dimensions = new Shape(shape).WithBatch(1) };
        NumberAssert.AreClose(expected, harness.RunTorch(values).Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(values).Data, 1e-6, "ONNX Runtime");
    }

    private static void AssertGlobal(Layer layer, double[] input, double[] expected, params int[] shape)
    {
        using var harness = new LayerHarness([layer], shape);
        Values values = new(new Shape(shape).WithBatch(1), input);
        NumberAssert.AreClose(expected, harness.RunTorch(values).Data, 1e-6, "libtorch");
        NumberAssert.AreClose(expected, harness.RunOnnx(values).Data, 1e-6, "ONNX Runtime");
    }
}
