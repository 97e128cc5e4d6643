using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average of each channel over all steps, or over those that count where the input has a mask. Where none counts the
/// average is not a number, as in Keras.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, channels]</c>, or <c>[batch, 1, channels]</c> with keepDims. The mask ends
/// here.
/// </para>
/// <para>Keras: <c>GlobalAveragePooling1D</c>; ONNX: GlobalAveragePool or ReduceMean.</para>
/// </summary>
public sealed record GlobalAveragePooling1D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="keepDims">Whether the dimensions that are pooled stay, with length 1. Default: <see langword="false"/>.</param>
    public GlobalAveragePooling1D(bool keepDims = false)
        : base(keepDims)
    {
    }

    private protected override int Axes => 1;

    private protected override bool TakesMaximum => false;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        TensorFunction average = base.Build(builder, input);
        return (x, context) => context.Mask() is { } mask ? AverageOf(x, mask.unsqueeze(2)) : average(x, context);

        Tensor AverageOf(Tensor x, Tensor counts)
        {
            // Filled, not multiplied: what does not count may be infinite.
            Tensor sum = x.MaskedFill(counts.logical_not(), 0).sum([1], KeepDims);
            return sum.div(counts.sum([1], KeepDims, x.dtype));
        }
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        if (input.Mask is not { } mask)
        {
            return base.Export(onnx, input);
        }

        const int Float = 1; // TensorProto.DataType
        OnnxValue counts = onnx.Node("Unsqueeze", [mask, onnx.Constant(2)], input.Shape.With(-1, 1));
        OnnxValue values = onnx.Node("Where", [counts, input, onnx.Constant([0f])], input.Shape);
        OnnxValue ones = onnx.Node("Cast", [counts], counts.Shape, OnnxAttribute.Int("to", Float));
        return onnx.Node("Div", [Sum(values), Sum(ones)], ComputeOutputShape(input.Shape));

        OnnxValue Sum(OnnxValue value) => onnx.Node(
            "ReduceSum", [value, onnx.Constant(1)], ComputeOutputShape(value.Shape), OnnxAttribute.Int("keepdims", KeepDims ? 1 : 0));
    }
}
