using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Lays all values of an example out in one row, the last dimension running fastest.
/// <para>Input <c>[batch, ...]</c>; output <c>[batch, values]</c>. A mask ends here.</para>
/// <para>Keras: <c>Flatten</c>; ONNX: Reshape.</para>
/// </summary>
public sealed record Flatten : SingleInputLayer
{
    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.HasVariableLength
        ? throw new LayerShapeException(
            this, [input], "a known number of steps", "Bring sequences of different lengths to one size before, with GlobalMaxPooling1D or LSTM for example.")
        : new Shape(checked((int)input.Size));

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] shape = ComputeOutputShape(input).WithBatch(-1);
        return (x, _) => x.reshape(shape);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return input.Shape.Rank == 1 ? input : onnx.Reshape(input, ComputeOutputShape(input.Shape));
    }
}
