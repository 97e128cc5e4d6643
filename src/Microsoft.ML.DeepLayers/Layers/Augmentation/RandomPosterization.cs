using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Keeps the highest bits of each value of an image, as if it were a byte, and clears the others; in training only. How many
/// bits is drawn for each image, uniform among the whole numbers of a range.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomPosterization</c>, whose <c>factor</c> is a number of bits or a range of them; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomPosterization(4, 7)</c> leaves 16 to 128 levels of each color.</example>
public sealed record RandomPosterization : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="minBits">The lowest number of bits; within 1 and 8.</param>
    /// <param name="maxBits">The highest number of bits; within <paramref name="minBits"/> and 8.</param>
    /// <param name="valueRange">The range of pixel values, which 256 levels share. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomPosterization(int minBits, int maxBits, FloatRange? valueRange = null)
        : base(valueRange)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minBits, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBits, minBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxBits, 8);
        MinBits = minBits;
        MaxBits = maxBits;
    }

    /// <summary>The lowest number of bits.</summary>
    public int MinBits { get; }

    /// <summary>The highest number of bits.</summary>
    public int MaxBits { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor bits = randint(MinBits, MaxBits + 1, [images.shape[0], 1, 1, 1], ScalarType.Int64, images.device, generator: generator);
        // 2 to the power of the bits that are cleared.
        Tensor step = bits.neg().Add(8).to(images.dtype).exp2();
        return Clip(images.Subtract(Darkest).Multiply(255 / Span).div(step).floor().mul(step).Multiply(Span / 255).Add(Darkest));
    }
}
