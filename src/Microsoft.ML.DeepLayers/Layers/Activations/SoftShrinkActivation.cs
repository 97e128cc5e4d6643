using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>x moved towards 0 by <paramref name="threshold"/>, and 0 where it comes there. Keras: <c>soft_shrink</c>; ONNX: Shrink.</summary>
    /// <param name="threshold">How far numbers are moved; not negative. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative.</exception>
    public static Activation SoftShrink(float threshold = 0.5f) => new SoftShrinkActivation(threshold);
}

/// <summary>x moved towards 0 by the threshold, and 0 where it comes there. Keras: <c>soft_shrink</c>; ONNX: Shrink.</summary>
public sealed record SoftShrinkActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="threshold">How far numbers are moved; not negative. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative.</exception>
    public SoftShrinkActivation(float threshold = 0.5f)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        Threshold = threshold;
    }

    /// <summary>How far numbers are moved; not negative.</summary>
    public new float Threshold { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input) => nn.functional.softshrink(input, Threshold);

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) =>
        onnx.Elementwise("Shrink", input, null, OnnxAttribute.Float("lambd", Threshold), OnnxAttribute.Float("bias", Threshold));
}
