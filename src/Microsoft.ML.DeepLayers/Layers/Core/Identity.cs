using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives its input on as it is: a place to be named, or to be replaced by another layer.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>Identity</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new Identity { Name = "embedding" }</c>.</example>
public sealed record Identity : SingleInputLayer
{
    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input;

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => x;

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => input;
}
