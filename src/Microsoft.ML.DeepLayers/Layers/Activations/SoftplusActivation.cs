using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>log(1 + e^x). Keras: <c>softplus</c>; ONNX: Softplus.</summary>
    public static Activation Softplus { get; } = new SoftplusActivation();
}

/// <summary>log(1 + e^x). Keras: <c>softplus</c>; ONNX: Softplus.</summary>
public sealed record SoftplusActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Softplus();

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Softplus", input);
}
