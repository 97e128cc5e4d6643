using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>The hyperbolic tangent. Keras: <c>tanh</c>; ONNX: Tanh.</summary>
    public static Activation Tanh { get; } = new TanhActivation();
}

/// <summary>The hyperbolic tangent. Keras: <c>tanh</c>; ONNX: Tanh.</summary>
public sealed record TanhActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => tanh(input);

    internal override Tensor ApplyInPlace(Tensor own) => own.tanh_();

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Tanh", input);
}
