using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x above 0, <paramref name="alpha"/> · (e^x - 1) below. Keras: <c>elu</c>; ONNX: Elu.</summary>
    /// <param name="alpha">The limit below 0, negated. Default: 1.</param>
    public static Activation ELU(float alpha = 1) => new ELUActivation(alpha);
}

/// <summary>x above 0, alpha · (e^x - 1) below (Clevert et al. 2016). Keras: <c>elu</c>; ONNX: Elu.</summary>
public sealed record ELUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="alpha">The limit below 0, negated. Default: 1.</param>
    public ELUActivation(float alpha = 1) => Alpha = alpha;

    /// <summary>The limit below 0, negated.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => input.Elu(Alpha);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Elu", input, null, OnnxAttribute.Float("alpha", Alpha));
}
