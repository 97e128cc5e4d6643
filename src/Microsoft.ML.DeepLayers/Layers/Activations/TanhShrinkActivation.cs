using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x - tanh(x). Keras: <c>tanh_shrink</c>; ONNX: Tanh and Sub.</summary>
    public static Activation TanhShrink { get; } = new TanhShrinkActivation();
}

/// <summary>x - tanh(x). Keras: <c>tanh_shrink</c>; ONNX: Tanh and Sub.</summary>
public sealed record TanhShrinkActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.sub(input.tanh());

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Binary("Sub", input, onnx.Elementwise("Tanh", input));
}
