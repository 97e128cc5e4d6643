using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x · sigmoid(x), also known as swish. Keras: <c>silu</c>; ONNX: Sigmoid and Mul.</summary>
    public static Activation SiLU { get; } = new SiLUActivation();

    /// <summary>Another name of <see cref="SiLU"/>, as in Keras.</summary>
    public static Activation Swish => SiLU;
}

/// <summary>x · sigmoid(x), also known as swish. Keras: <c>silu</c>; ONNX: Sigmoid and Mul.</summary>
public sealed record SiLUActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.silu(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Binary("Mul", input, onnx.Elementwise("Sigmoid", input));
}
