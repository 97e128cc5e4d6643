using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Changes brightness, contrast, saturation and hue of each image, in this order, each by a factor of its own; in training
/// only. What is left out stays: it is <see cref="RandomBrightness"/>, <see cref="RandomContrast"/>,
/// <see cref="RandomSaturation"/> and <see cref="RandomHue"/> one after the other.
/// <para>Input and output <c>[batch, height, width, channels]</c>; with saturation or hue three channels.</para>
/// <para>Keras: <c>RandomColorJitter</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomColorJitter(0.2f, 0.2f, (0.4f, 0.6f), 0.1f)</c> changes all four a little.</example>
public sealed record RandomColorJitter : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="brightnessFactor">The range of what is added, in parts of the range of values; within -1 and 1. Left out: nothing.</param>
    /// <param name="contrastFactor">How far below and above 1 the contrast goes, within 0 and 1; a single number stands for both. Left out: nothing.</param>
    /// <param name="saturationFactor">The range of saturations, from 0 (gray) over 0.5 (as it was) to 1 (full). Left out: nothing.</param>
    /// <param name="hueFactor">The range of factors by half of which the hue is turned, either way; within 0 and 1. Left out: nothing.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomColorJitter(
        FloatRange? brightnessFactor = null,
        FloatRange? contrastFactor = null,
        FloatRange? saturationFactor = null,
        FloatRange? hueFactor = null,
        FloatRange? valueRange = null)
        : base(valueRange)
    {
        BrightnessFactor = brightnessFactor?.Within(-1, 1, nameof(brightnessFactor));
        // A single number is the range around 0.
        ContrastFactor = (contrastFactor is { } contrast && contrast.Lower == -contrast.Upper
            ? new FloatRange(contrast.Upper, contrast.Upper)
            : contrastFactor)?.Within(0, 1, nameof(contrastFactor));
        SaturationFactor = saturationFactor?.Within(0, 1, nameof(saturationFactor));
        HueFactor = hueFactor?.Within(0, 1, nameof(hueFactor));
    }

    /// <summary>The range of what is added; <see langword="null"/> for nothing.</summary>
    public FloatRange? BrightnessFactor { get; }

    /// <summary>How far below and above 1 the contrast goes; <see langword="null"/> for not at all.</summary>
    public FloatRange? ContrastFactor { get; }

    /// <summary>The range of saturations; <see langword="null"/> to leave it.</summary>
    public FloatRange? SaturationFactor { get; }

    /// <summary>The range of turns of the hue; <see langword="null"/> to leave it.</summary>
    public FloatRange? HueFactor { get; }

    private protected override int? Channels => SaturationFactor is null && HueFactor is null ? null : 3;

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        ImageAugmentation?[] steps =
        [
            BrightnessFactor is { } brightness ? new RandomBrightness(brightness, ValueRange) : null,
            ContrastFactor is { } contrast ? new RandomContrast(contrast, ValueRange) : null,
            SaturationFactor is { } saturation ? new RandomSaturation(saturation, ValueRange) : null,
            HueFactor is { } hue ? new RandomHue(hue, ValueRange) : null,
        ];
        return steps.Aggregate(images, (changed, step) => step?.Apply(changed, generator) ?? changed);
    }
}
