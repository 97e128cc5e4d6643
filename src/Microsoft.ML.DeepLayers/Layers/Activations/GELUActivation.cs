using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>
    /// x times the normal distribution function of x, exactly. Approximately: <see cref="GELUActivation"/>. Keras:
    /// <c>gelu</c>; ONNX: Erf.
    /// </summary>
    public static Activation GELU { get; } = new GELUActivation();
}

/// <summary>
/// x · Φ(x) with the normal distribution function Φ, by the error function; approximately, x · (1 + tanh(sqrt(2 / π) ·
/// (x + 0.044715 · x³))) / 2 (Hendrycks and Gimpel 2016). Keras: <c>gelu</c>; ONNX: Erf, Mul and Add, or Sigmoid, Mul
/// and Add.
/// </summary>
/// <example><c>new GELUActivation(approximate: true)</c>, as in BERT and GPT-2.</example>
public sealed record GELUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="approximate">Whether Φ is approximated by the hyperbolic tangent. Default: <see langword="false"/>.</param>
    public GELUActivation(bool approximate = false) => Approximate = approximate;

    /// <summary>Whether Φ is approximated by the hyperbolic tangent.</summary>
    public bool Approximate { get; }

    // (1 + tanh(u)) / 2 is sigmoid(2u), which saves nodes.
    private static double Twice => 2 * Math.Sqrt(2 / Math.PI);

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Approximate
            ? input.Square().Multiply(0.044715 * Twice).Add(Twice).mul(input).sigmoid().mul(input)
            : nn.functional.gelu(input);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        if (Approximate)
        {
            OnnxValue square = onnx.Elementwise("Mul", onnx.Binary("Mul", input, input), [onnx.Constant([(float)(0.044715 * Twice)])]);
            OnnxValue inner = onnx.Binary("Mul", input, onnx.Elementwise("Add", square, [onnx.Constant([(float)Twice])]));
            return onnx.Binary("Mul", input, onnx.Elementwise("Sigmoid", inner));
        }

        OnnxValue scaled = onnx.Elementwise("Mul", input, [onnx.Constant([(float)Math.Sqrt(0.5)])]);
        OnnxValue shifted = onnx.Elementwise("Add", onnx.Elementwise("Erf", scaled), [onnx.Constant([1f])]);
        return onnx.Elementwise("Mul", onnx.Binary("Mul", input, shifted), [onnx.Constant([0.5f])]);
    }
}
