using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>max(0, x). Keras: <c>relu</c>; ONNX: Relu.</summary>
    public static Activation ReLU { get; } = new ReLUActivation();
}

/// <summary>max(0, x). Keras: <c>relu</c>; ONNX: Relu.</summary>
public sealed record ReLUActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.relu(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Relu", input);
}
