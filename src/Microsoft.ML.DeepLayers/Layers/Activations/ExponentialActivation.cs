using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>e^x. Keras: <c>exponential</c>; ONNX: Exp.</summary>
    public static Activation Exponential { get; } = new ExponentialActivation();
}

/// <summary>e^x. Keras: <c>exponential</c>; ONNX: Exp.</summary>
public sealed record ExponentialActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.exp();

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Exp", input);
}
