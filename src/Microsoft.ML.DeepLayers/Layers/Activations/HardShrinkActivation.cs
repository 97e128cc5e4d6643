using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x where |x| is above <paramref name="threshold"/>, else 0. Keras: <c>hard_shrink</c>; ONNX: Shrink.</summary>
    /// <param name="threshold">How far from 0 a number must be to remain; not negative. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative.</exception>
    public static Activation HardShrink(float threshold = 0.5f) => new HardShrinkActivation(threshold);
}

/// <summary>x where |x| is above the threshold, else 0. Keras: <c>hard_shrink</c>; ONNX: Shrink.</summary>
public sealed record HardShrinkActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="threshold">How far from 0 a number must be to remain; not negative. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative.</exception>
    public HardShrinkActivation(float threshold = 0.5f)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        Threshold = threshold;
    }

    /// <summary>How far from 0 a number must be to remain; not negative.</summary>
    public new float Threshold { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.hardshrink(input, Threshold);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Shrink", input, null, OnnxAttribute.Float("lambd", Threshold), OnnxAttribute.Float("bias", 0));
}
