using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>max(0, x) + min(0, <paramref name="alpha"/> · (e^(x / <paramref name="alpha"/>) - 1)). Keras: <c>celu</c>; ONNX: Celu.</summary>
    /// <param name="alpha">The limit below 0, negated; above 0. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 0.</exception>
    public static Activation CELU(float alpha = 1) => new CELUActivation(alpha);
}

/// <summary>max(0, x) + min(0, alpha · (e^(x / alpha) - 1)) (Barron 2017). Keras: <c>celu</c>; ONNX: Celu.</summary>
public sealed record CELUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="alpha">The limit below 0, negated; above 0. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 0.</exception>
    public CELUActivation(float alpha = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        Alpha = alpha;
    }

    /// <summary>The limit below 0, negated; above 0.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Celu(Alpha);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Celu", input, null, OnnxAttribute.Float("alpha", Alpha));
}
