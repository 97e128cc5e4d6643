using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x · tanh(softplus(x)) (Misra 2019). Keras: <c>mish</c>; ONNX: Softplus, Tanh and Mul.</summary>
    public static Activation Mish { get; } = new MishActivation();
}

/// <summary>x · tanh(softplus(x)) (Misra 2019). Keras: <c>mish</c>; ONNX: Softplus, Tanh and Mul.</summary>
public sealed record MishActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.mul(input.Softplus().tanh());

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Binary("Mul", input, onnx.Elementwise("Tanh", onnx.Elementwise("Softplus", input)));
}
