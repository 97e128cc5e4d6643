using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x times the normal distribution function of x, exactly. Keras: <c>gelu</c>; ONNX: Erf.</summary>
    public static Activation GELU { get; } = new GELUActivation();
}

/// <summary>
/// x · Φ(x) with the normal distribution function Φ, by the error function (Hendrycks and Gimpel 2016). Keras:
/// <c>gelu(approximate=False)</c>; ONNX: Erf, Mul and Add.
/// </summary>
public sealed record GELUActivation : Activation
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.gelu(input);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue scaled = onnx.Elementwise("Mul", input, [onnx.Constant([(float)Math.Sqrt(0.5)])]);
        OnnxValue shifted = onnx.Elementwise("Add", onnx.Elementwise("Erf", scaled), [onnx.Constant([1f])]);
        return onnx.Elementwise("Mul", onnx.Binary("Mul", input, shifted), [onnx.Constant([0.5f])]);
    }
}
