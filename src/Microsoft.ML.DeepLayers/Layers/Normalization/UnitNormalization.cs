using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings each example, along one axis or several, to length 1: x / sqrt(max(sum(x²), 10⁻¹²)). Nothing is trained.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>UnitNormalization</c>; ONNX: ReduceL2, Max and Div.</para>
/// </summary>
/// <example><c>new UnitNormalization()</c> turns <c>(3, 4)</c> into <c>(0.6, 0.8)</c>.</example>
public sealed record UnitNormalization : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axes over which the length is taken; 0 is the batch, as in Keras. Default: -1, the last.</param>
    public UnitNormalization(Axes axis = default) => Axis = axis;

    /// <summary>The axes over which the length is taken.</summary>
    public Axes Axis { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        Axis.Positions(this, input);
        return input;
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] axes = [.. Axis.Positions(this, input).Select(position => position + 1L)];
        return (x, _) => x.mul(x.Square().sum(axes, keepdim: true).Maximum(1e-12).rsqrt_());
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        int[] positions = Axis.Positions(this, input.Shape);
        Shape reduced = positions.Aggregate(input.Shape, (shape, position) => shape.With(position, 1));
        OnnxValue length = onnx.Together("ReduceL2", [input], reduced, attributes: channelsFirst =>
        [
            OnnxAttribute.Ints("axes", positions.Select(position => OnnxGraphBuilder.DataAxis(input.Shape, position, channelsFirst))),
            OnnxAttribute.Int("keepdims", 1),
        ]);
        return onnx.Together("Div", [input, onnx.Elementwise("Max", length, [onnx.Constant([1e-6f])])], input.Shape);
    }
}
