using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Stretches each channel of an image over the whole range of values, so that its darkest pixel becomes the lower end and its
/// brightest the upper one, with a probability that is itself uniform in a range; in training only. A channel of one color
/// stays as it was.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>AutoContrast</c>, which does so to every image, and at scoring too; ONNX: nothing.</para>
/// </summary>
/// <example><c>new AutoContrast()</c> stretches half of the images.</example>
public sealed record AutoContrast : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public AutoContrast(FloatRange? factor = null, FloatRange? valueRange = null)
        : base(valueRange) => Factor = (factor ?? 1f).Within(0, 1, nameof(factor));

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor lowest = images.amin([1, 2], keepdim: true), range = images.amax([1, 2], keepdim: true).sub(lowest);
        Tensor isStretched = range.Greater(0).logical_and(Chance(images, Factor!.Value, generator));
        // 1 keeps the division finite, in the gradient too.
        Tensor stretched = images.sub(lowest).div(range.where(isStretched, ones_like(range))).Multiply(Span).Add(Darkest);
        return Clip(stretched).where(isStretched, images);
    }
}
