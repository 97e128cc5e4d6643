using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>The logarithm of the sigmoid, -log(1 + e^-x). Keras: <c>log_sigmoid</c>; ONNX: Softplus and Neg.</summary>
    public static Activation LogSigmoid { get; } = new LogSigmoidActivation();
}

/// <summary>The logarithm of the sigmoid, -log(1 + e^-x). Keras: <c>log_sigmoid</c>; ONNX: Softplus and Neg.</summary>
public sealed record LogSigmoidActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.logsigmoid(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Neg", onnx.Elementwise("Softplus", onnx.Elementwise("Neg", input)));
}
