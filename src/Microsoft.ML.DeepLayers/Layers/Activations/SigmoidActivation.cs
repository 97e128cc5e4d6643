using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>1 / (1 + e^-x). Keras: <c>sigmoid</c>; ONNX: Sigmoid.</summary>
    public static Activation Sigmoid { get; } = new SigmoidActivation();
}

/// <summary>1 / (1 + e^-x). Keras: <c>sigmoid</c>; ONNX: Sigmoid.</summary>
public sealed record SigmoidActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => sigmoid(input);

    internal override Tensor ApplyInPlace(Tensor own) => own.sigmoid_();

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Sigmoid", input);
}
