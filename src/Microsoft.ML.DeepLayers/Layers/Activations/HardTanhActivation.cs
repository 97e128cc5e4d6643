using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>min(max(x, -1), 1). Keras: <c>hard_tanh</c>; ONNX: Clip.</summary>
    public static Activation HardTanh { get; } = new HardTanhActivation();
}

/// <summary>min(max(x, -1), 1). Keras: <c>hard_tanh</c>; ONNX: Clip.</summary>
public sealed record HardTanhActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Clip(-1, 1);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Clip", input, [onnx.Constant([-1f]), onnx.Constant([1f])]);
}
