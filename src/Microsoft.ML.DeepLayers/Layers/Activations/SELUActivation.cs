using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>Scaled exponential linear unit (Klambauer et al. 2017). Keras: <c>selu</c>; ONNX: Selu.</summary>
    public static Activation SELU { get; } = new SELUActivation();
}

/// <summary>Scaled exponential linear unit (Klambauer et al. 2017). Keras: <c>selu</c>; ONNX: Selu.</summary>
public sealed record SELUActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.selu(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => onnx.Elementwise("Selu", input);
}
