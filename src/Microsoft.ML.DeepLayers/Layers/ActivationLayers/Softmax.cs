using System.Collections.Immutable;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// e^x over the sum of e^x along one or several axes. As the activation of another layer it is <see cref="Activation.Softmax"/>.
/// <para>
/// Where the steps are among the axes, masked steps take no part: their output is 0. (Where all are masked, they share the
/// probability, as in Keras.)
/// </para>
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Softmax</c>; ONNX: Softmax, after Where for a mask; for several axes ReduceMax, Sub, Exp, ReduceSum and Div.</para>
/// </summary>
/// <example><c>new Softmax()</c>; <c>new Softmax([1, 2])</c> makes one distribution of the positions of each channel of an image.</example>
public sealed record Softmax : SingleInputLayer
{
    // What Keras adds to masked numbers; beside it they are lost to rounding.
    private const float Masked = -1e9f;

    /// <summary>Creates the layer.</summary>
    /// <param name="axis">
    /// The axes, counted from 1 (the batch being 0), or from -1 backwards. Default: -1, the last one.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An axis is 0.</exception>
    public Softmax(ImmutableArray<int> axis = default)
    {
        Axis = axis.IsDefaultOrEmpty ? [-1] : axis;
        foreach (int one in Axis)
        {
            ActivationAxis.Check(one);
        }
    }

    /// <summary>The axes, counted from 1 (the batch being 0), or from -1 backwards.</summary>
    public ImmutableArray<int> Axis { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(Softmax? other) => base.Equals(other) && Axis.AsSpan().SequenceEqual(other.Axis.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), string.Join(',', Axis));

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        _ = Dimensions(input);
        return input;
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] dimensions = Dimensions(input);
        return (x, context) =>
        {
            Tensor numbers = dimensions[0] == 1 && context.Mask() is { } mask
                ? x.MaskedFill(mask.logical_not().reshape([.. mask.shape, .. Enumerable.Repeat(1L, input.Rank - 1)]), Masked)
                : x;
            if (dimensions.Length == 1)
            {
                return nn.functional.softmax(numbers, dimensions[0]);
            }

            Tensor exponentials = numbers.sub(numbers.detach().amax(dimensions, keepdim: true)).exp();
            return exponentials.div(exponentials.sum(dimensions, keepdim: true));
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape shape = input.Shape;
        long[] dimensions = Dimensions(shape);
        OnnxValue numbers = input;
        if (dimensions[0] == 1 && input.Mask is { } mask)
        {
            long[] others = [.. Enumerable.Range(2, shape.Rank - 1).Select(axis => (long)axis)];
            OnnxValue wide = others.Length == 0 ? mask : onnx.Node("Unsqueeze", [mask, onnx.Constant(others)], shape);
            numbers = onnx.Node("Where", [wide, input, onnx.Constant([Masked])], shape);
        }

        if (dimensions.Length == 1)
        {
            return onnx.Node("Softmax", [numbers], shape, OnnxAttribute.Int("axis", dimensions[0]));
        }

        OnnxAttribute axes = OnnxAttribute.Ints("axes", dimensions);
        OnnxValue largest = onnx.Node("ReduceMax", [numbers], shape, axes);
        OnnxValue exponentials = onnx.Elementwise("Exp", onnx.Node("Sub", [numbers, largest], shape));
        OnnxValue sum = onnx.Node("ReduceSum", [exponentials, onnx.Constant(dimensions)], shape);
        return onnx.Node("Div", [exponentials, sum], shape);
    }

    /// <summary>The axes as dimensions of <c>[batch, ...]</c>, in order.</summary>
    private long[] Dimensions(Shape input) =>
        [.. Axis.Select(axis => ActivationAxis.Position(this, input, axis) + 1L).Distinct().Order()];
}
