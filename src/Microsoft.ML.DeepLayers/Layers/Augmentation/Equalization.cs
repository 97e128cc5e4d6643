using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Spreads the values of each channel of an image so that all become about equally frequent (histogram equalization), with a
/// probability that is itself uniform in a range; in training only. With n pixels of which c are at most as bright as a
/// pixel and d as dark as the darkest, the pixel becomes (c - d) / (n - d) of the range of values, rounded to one of 256 steps.
/// A channel of one color stays as it was.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>Equalization</c>, which does so to every image, with one histogram for a batch; ONNX: nothing.</para>
/// </summary>
/// <example><c>new Equalization()</c> equalizes half of the images.</example>
public sealed record Equalization : ColorAugmentation
{
    /// <summary>The steps of results but one, as those of a byte.</summary>
    private const int Steps = 255;

    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="bins">The number of bins of the histogram, the last one of which is the upper end alone; at least 2. Default: 256.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public Equalization(FloatRange? factor = null, int bins = 256, FloatRange? valueRange = null)
        : base(valueRange)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        Factor = (factor ?? 1f).Within(0, 1, nameof(factor));
        Bins = bins;
    }

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    /// <summary>The number of bins of the histogram.</summary>
    public int Bins { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        long batch = images.shape[0], channels = images.shape[3];
        Tensor isChanged = Chance(images, Factor!.Value, generator);
        // [batch, channels, pixels]: all histograms at once, by one bin number for each of them.
        Tensor bins = images.detach().Subtract(Darkest).Multiply((Bins - 1) / Span).floor().Clip(0, Bins - 1).to(ScalarType.Int64)
            .permute(0, 3, 1, 2).reshape(batch, channels, -1);
        Tensor counts = zeros([batch, channels, Bins], ScalarType.Int64, images.device).scatter_add_(2, bins, ones_like(bins));
        Tensor sums = counts.cumsum(2);
        long pixels = bins.shape[2];
        // The first sum that is not 0 is the number of the darkest pixels.
        Tensor darkest = sums.MaskedFill(sums.Equal(0), pixels).amin([2], keepdim: true);
        Tensor others = darkest.neg().Add(pixels);
        Tensor levels = sums.sub(darkest).Maximum(0).to(images.dtype).Multiply(Steps).div(others.Maximum(1)).round().Multiply(Span / Steps).Add(Darkest);
        Tensor equalized = levels.gather(2, bins).reshape(batch, channels, images.shape[1], images.shape[2]).permute(0, 2, 3, 1);
        return equalized.where(isChanged.logical_and(others.Greater(0).view(batch, 1, 1, channels)), images);
    }
}
