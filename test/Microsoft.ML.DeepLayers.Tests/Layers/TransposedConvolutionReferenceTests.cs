using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>
/// Transposed convolutions against worked numbers, and against the transpose of a convolution with TensorFlow's padding.
/// Two inputs x and y with the kernel 1, 10, 100 and stride 2 give x, 10x, 100x + y, 10y, 100y; which of them are kept is
/// what the frameworks disagree about.
/// </summary>
[TestClass]
public sealed class TransposedConvolutionReferenceTests
{
    public static IEnumerable<object[]> Worked =>
    [
        // Same: 4 of 5. TensorFlow crops the end; PyTorch's padding 1 with output padding 1 would give 10, 102, 20, 200.
        [new Conv1DTranspose(1, 3, 2, Padding.Same), new double[] { 1, 10, 102, 20 }],
        // An even kernel: 4 of 6, one from each end.
        [new Conv1DTranspose(1, 4, 2, Padding.Same), new double[] { 10, 102, 1020, 200 }],
        // Without strides as many as there are inputs; the odd one to crop is at the end.
        [new Conv1DTranspose(1, 3, 1, Padding.Same), new double[] { 12, 120 }],
        [new Conv1DTranspose(1, 2, 1, Padding.Same), new double[] { 1, 12 }],
        // A stride above the kernel leaves outputs that no input adds to: at the end as well, also without padding.
        [new Conv1DTranspose(1, 1, 3, Padding.Same), new double[] { 1, 0, 0, 2, 0, 0 }],
        [new Conv1DTranspose(1, 2, 3, Padding.Valid), new double[] { 1, 10, 0, 2, 20, 0 }],
        // Valid: all, and with an output padding more at the end.
        [new Conv1DTranspose(1, 3, 2, Padding.Valid), new double[] { 1, 10, 102, 20, 200 }],
        [new Conv1DTranspose(1, 3, 2, Padding.Valid, 1), new double[] { 1, 10, 102, 20, 200, 0 }],
        [new Conv1DTranspose(1, 2, 3, Padding.Valid, 0), new double[] { 1, 10, 0, 2, 20 }],
        // Same with output padding: (2 - 1) · stride + kernel mod 2 + output padding.
        [new Conv1DTranspose(1, 3, 2, Padding.Same, 0), new double[] { 10, 102, 20 }],
        [new Conv1DTranspose(1, 3, 2, Padding.Same, 1), new double[] { 1, 10, 102, 20 }],
        [new Conv1DTranspose(1, 2, 2, Padding.Same, 0), new double[] { 10, 2 }],
        [new Conv1DTranspose(1, 2, 2, Padding.Same, 1), new double[] { 1, 10, 2 }],
        [new Conv1DTranspose(1, 1, 3, Padding.Same, 2), new double[] { 1, 0, 0, 2, 0, 0 }],
        // A kernel with a hole: x, y, 10x, 10y.
        [new Conv1DTranspose(1, 2, 1, Padding.Valid, null, 2), new double[] { 1, 2, 10, 20 }],
        [new Conv1DTranspose(1, 2, 1, Padding.Same, null, 2), new double[] { 2, 10 }],
    ];

    public static IEnumerable<object?[]> Lengths =>
    [
        // Padding, output padding; then inputs, kernel, stride, dilation and the outputs that Keras's rules give.
        [Padding.Valid, null, 4, 3, 2, 1, 9],
        [Padding.Valid, null, 4, 2, 3, 1, 12],
        [Padding.Valid, null, 4, 3, 1, 2, 8],
        [Padding.Valid, 1, 4, 3, 2, 1, 10],
        [Padding.Valid, 2, 4, 2, 3, 1, 13],
        [Padding.Same, null, 4, 3, 2, 1, 8],
        [Padding.Same, null, 4, 4, 2, 1, 8],
        [Padding.Same, null, 5, 3, 1, 1, 5],
        [Padding.Same, null, 5, 2, 1, 1, 5],
        [Padding.Same, null, 4, 5, 3, 1, 12],
        [Padding.Same, null, 4, 6, 3, 1, 12],
        [Padding.Same, null, 3, 1, 2, 1, 6],
        [Padding.Same, null, 4, 2, 1, 3, 4],
        [Padding.Same, null, 5, 3, 1, 2, 5],
        [Padding.Same, 0, 4, 3, 2, 1, 7],
        [Padding.Same, 1, 4, 3, 2, 1, 8],
        [Padding.Same, 0, 3, 5, 3, 1, 7],
        [Padding.Same, 2, 3, 5, 3, 1, 9],
        [Padding.Same, 1, 3, 4, 2, 1, 5],
        [Padding.Same, 2, 3, 4, 3, 1, 8],
    ];

    [TestMethod]
    [DynamicData(nameof(Worked))]
    public void Outputs_are_where_keras_has_them(Conv1DTranspose layer, double[] expected)
    {
        float[] Kernel() => [.. new float[] { 1, 10, 100, 1000 }.Take(layer.KernelSize)];
        // The bias is added to every output, also where no input adds anything.
        SeparableConvolutionReferenceTests.AssertComputes(
            layer, new Shape(2, 1), [1, 2], [.. expected.Select(value => value + 0.5)], spec => spec.Name == "kernel" ? Kernel() : [0.5f]);
    }

    [TestMethod]
    [DynamicData(nameof(Lengths))]
    public void Sequences_are_the_transpose_of_a_convolution(Padding padding, int? added, int length, int size, int stride, int dilation, int expected)
    {
        ReferenceAxis axis = new(size, stride, dilation, padding);
        SeparableConvolutionReferenceTests.AssertFollows(
            new Conv1DTranspose(3, size, stride, padding, added, dilation), new Shape(length, 2),
            (input, weights) => ConvolutionReference.Transpose(input, weights["kernel"], 3, [expected], axis));
    }

    /// <summary>The axes are those of the row and of others, so that swapping them shows.</summary>
    [TestMethod]
    [DynamicData(nameof(Lengths))]
    public void Images_and_volumes_are_the_transpose_of_a_convolution(Padding padding, int? added, int length, int size, int stride, int dilation, int expected)
    {
        // Three inputs, a kernel of 3 and stride 1 give 5 outputs, or 3 with Same, also with an output padding of 0.
        ReferenceAxis axis = new(size, stride, dilation, padding);
        ReferenceAxis other = new(3, 1, 1, padding);
        int otherExpected = padding == Padding.Valid ? 5 : 3;
        OutputPadding2D? images = added is { } image ? (image, 0) : null;
        OutputPadding3D? volumes = added is { } volume ? (0, volume, 0) : null;
        SeparableConvolutionReferenceTests.AssertFollows(
            new Conv2DTranspose(3, (size, 3), (stride, 1), padding, images, (dilation, 1)), new Shape(length, 3, 2),
            (input, weights) => ConvolutionReference.Transpose(input, weights["kernel"], 3, [expected, otherExpected], axis, other));
        SeparableConvolutionReferenceTests.AssertFollows(
            new Conv3DTranspose(2, (3, size, 1), (1, stride, 1), padding, volumes, (1, dilation, 1)), new Shape(3, length, 2, 2),
            (input, weights) => ConvolutionReference.Transpose(
                input, weights["kernel"], 2, [otherExpected, expected, 2], other, axis, new ReferenceAxis(1)));
    }

    /// <summary>The example of Keras's documentation, and the layers of a usual generator.</summary>
    [TestMethod]
    public void Outputs_are_as_many_as_keras_says()
    {
        Assert.AreEqual(new Shape(21, 32), new Conv1DTranspose(32, 3, 2).ComputeOutputShape(new Shape(10, 128)));
        Assert.AreEqual(new Shape(14, 14, 64), new Conv2DTranspose(64, 5, 2, Padding.Same).ComputeOutputShape(new Shape(7, 7, 128)));
        Assert.AreEqual(new Shape(Shape.Variable, 32), new Conv1DTranspose(32, 3, 2).ComputeOutputShape(new Shape(Shape.Variable, 128)));
    }
}
