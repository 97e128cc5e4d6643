using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>e^x over the sum of e^x along the last axis. Keras: <c>softmax</c>; ONNX: Softmax.</summary>
    public static Activation Softmax { get; } = new SoftmaxActivation();
}

/// <summary>e^x over the sum of e^x along the last axis. Keras: <c>softmax</c>; ONNX: Softmax.</summary>
public sealed record SoftmaxActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.softmax(input, -1);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Node("Softmax", [input], input.Shape, OnnxAttribute.Int("axis", -1));
}
