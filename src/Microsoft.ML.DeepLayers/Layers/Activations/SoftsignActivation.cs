using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x / (1 + |x|). Keras: <c>softsign</c>; ONNX: Softsign.</summary>
    public static Activation Softsign { get; } = new SoftsignActivation();
}

/// <summary>x / (1 + |x|). Keras: <c>softsign</c>; ONNX: Softsign.</summary>
public sealed record SoftsignActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.div(input.abs().Add(1));

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Softsign", input);
}
