using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Multiplies the saturation of each image by factor / (1 - factor), with a factor of its own, uniform in a range: at 0 the
/// image is gray, at 0.5 as it was, at 1 fully saturated; in training only.
/// <para>Input and output <c>[batch, height, width, 3]</c>.</para>
/// <para>The saturation stays within 0 and 1; in Keras it is cut at the range of pixel values.</para>
/// <para>Keras: <c>RandomSaturation</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomSaturation((0.4f, 0.6f))</c> multiplies the saturation by 0.67 to 1.5.</example>
public sealed record RandomSaturation : ColorAugmentation
{
    /// <summary>Keras's <c>backend.epsilon()</c>.</summary>
    private const double Epsilon = 1e-7;

    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of factors; within 0 and 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomSaturation(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) => Factor = factor.Within(0, 1, nameof(factor));

    /// <summary>The range of factors.</summary>
    public FloatRange Factor { get; }

    private protected override int? Channels => 3;

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        (Tensor hue, Tensor saturation, Tensor value) = Colors.ToHsv(images.Subtract(Darkest).Divide(Span));
        Tensor factor = Draw(images, Factor, generator).squeeze(-1);
        Tensor changed = saturation.mul(factor.div(factor.neg().Add(1 + Epsilon))).Clip(0, 1);
        return Colors.FromHsv(hue, changed, value).Multiply(Span).Add(Darkest);
    }
}
