using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Turns the hue of each image by half of a factor of its own, uniform in a range, in a random direction, in parts of the
/// circle of colors; in training only.
/// <para>Input and output <c>[batch, height, width, 3]</c>.</para>
/// <para>Keras: <c>RandomHue</c>, which does so at scoring too; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomHue(0.2f)</c> turns the hue by up to a tenth of the circle of colors.</example>
public sealed record RandomHue : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of factors; within 0 and 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255 (Keras: must be given).</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomHue(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) => Factor = factor.Within(0, 1, nameof(factor));

    /// <summary>The range of factors.</summary>
    public FloatRange Factor { get; }

    private protected override int? Channels => 3;

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        (Tensor hue, Tensor saturation, Tensor value) = Colors.ToHsv(images.Subtract(Darkest).Divide(Span));
        Tensor turn = Draw(images, Factor, generator).mul(Draw(images, 1, generator).sign()).Multiply(0.5).squeeze(-1);
        return Colors.FromHsv(hue.Add(turn), saturation, value).Clip(0, 1).Multiply(Span).Add(Darkest);
    }
}
