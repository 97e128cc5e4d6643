using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The operations that RandAugment and AugMix choose from, by a strength from 0 to 1 at which they are as in the papers: at 1 a
/// rotation is by 30°, a shear 0.3 pixels a row, a translation 0.45 of a side, brightness and the like change by 0.9.
/// </summary>
internal sealed class RandomOperations
{
    /// <summary>What is missing leaves an image as it is.</summary>
    private readonly ImageAugmentation?[] operations;

    /// <param name="strength">The range of strengths; within 0 and 1.</param>
    /// <param name="interpolation">How the value between pixels is found.</param>
    /// <param name="range">The range of pixel values.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="withColors">Whether brightness, contrast, color and sharpness are among them.</param>
    internal RandomOperations(FloatRange strength, Interpolation interpolation, FloatRange range, long channels, bool withColors)
    {
        float upper = strength.Upper;
        var always = new FloatRange(1, 1);
        operations =
        [
            null,
            new RandomShear(xFactor: Scaled(strength, 0.3f), interpolation: interpolation),
            new RandomShear(yFactor: Scaled(strength, 0.3f), interpolation: interpolation),
            new RandomTranslation(0.45f * upper, 0, interpolation: interpolation),
            new RandomTranslation(0, 0.45f * upper, interpolation: interpolation),
            new RandomRotation(upper * 30 / 360, interpolation: interpolation),
            new RandomPosterization(8 - (int)MathF.Round(4 * upper), 8 - (int)MathF.Round(4 * strength.Lower), range),
            new Solarization(thresholdFactor: new FloatRange(1 - upper, 1 - strength.Lower), valueRange: range),
            new AutoContrast(always, range),
            new Equalization(always, valueRange: range),
            .. withColors
                ? (ImageAugmentation?[])
                [
                    new RandomBrightness(0.9f * upper, range),
                    new RandomContrast(0.9f * upper, range),
                    channels == 3 ? new RandomColorDegeneration(Scaled(strength, 0.9f), range) : null,
                    // 0.5 leaves the image as it was.
                    new RandomSharpness(new FloatRange(0.5f - (0.45f * upper), 0.5f + (0.45f * upper)), range),
                ]
                : [],
        ];
    }

    /// <summary>Changes each image by an operation of its own.</summary>
    internal Tensor Apply(Tensor images, Generator generator)
    {
        Tensor choices = randint(0, operations.Length, [images.shape[0]], ScalarType.Int64, images.device, generator: generator);
        // Each operation changes all images that it was chosen for at once; then they go back to their places.
        Tensor order = choices.argsort();
        long[] counts = [.. bincount(choices, minlength: operations.Length).data<long>()];
        Tensor sorted = images.index_select(0, order);
        var changed = new List<Tensor>();
        long first = 0;
        for (int i = 0; i < counts.Length; first += counts[i++])
        {
            if (counts[i] > 0)
            {
                Tensor chosen = sorted.narrow(0, first, counts[i]);
                changed.Add(operations[i]?.Apply(chosen, generator) ?? chosen);
            }
        }

        return cat(changed).index_select(0, order.argsort());
    }

    private static FloatRange Scaled(FloatRange strength, float most) => new(strength.Lower * most, strength.Upper * most);
}
