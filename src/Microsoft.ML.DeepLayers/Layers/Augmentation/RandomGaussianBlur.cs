using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Blurs each image by a normal distribution with a standard deviation of its own, uniform in a range, with a probability
/// that is itself uniform in a range; in training only. Beyond the borders stand the pixels at the border.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomGaussianBlur</c>, which draws one deviation for a batch and has zeros beyond the borders; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomGaussianBlur(kernelSize: 5, sigma: (0.1f, 2f))</c> blurs half of the images, a little or more.</example>
public sealed record RandomGaussianBlur : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="kernelSize">How many pixels in each direction a pixel of the output is made of; odd. Default: 3.</param>
    /// <param name="sigma">The range of standard deviations, in pixels; not below 0. Left out: 0 to 1.</param>
    /// <param name="valueRange">The range of pixel values, at which the result is cut. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomGaussianBlur(FloatRange? factor = null, int kernelSize = 3, FloatRange? sigma = null, FloatRange? valueRange = null)
        : base(valueRange)
    {
        Factor = (factor ?? 1f).Within(0, 1, nameof(factor));
        if (kernelSize < 1 || kernelSize % 2 == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(kernelSize), kernelSize, "The kernel size must be an odd number, so that it has a middle.");
        }

        FloatRange deviations = sigma ?? 1f;
        // A single number is the range around 0.
        deviations = deviations.Lower == -deviations.Upper ? new FloatRange(0, deviations.Upper) : deviations;
        ArgumentOutOfRangeException.ThrowIfNegative(deviations.Lower, nameof(sigma));
        KernelSize = kernelSize;
        Sigma = deviations;
    }

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    /// <summary>How many pixels in each direction a pixel of the output is made of.</summary>
    public int KernelSize { get; }

    /// <summary>The range of standard deviations, in pixels.</summary>
    public FloatRange? Sigma { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor isBlurred = Chance(images, Factor!.Value, generator);
        // A deviation of 0 leaves the middle pixel alone.
        Tensor sigma = Draw(images, Sigma!.Value, generator).Add(1e-6);
        Tensor[] shares = [.. Enumerable.Range(0, KernelSize).Select(place => sigma.Power(-2).Multiply(-0.5 * Math.Pow(place - (KernelSize / 2), 2)).exp())];
        Tensor sum = shares.Aggregate((total, share) => total.Add(share));
        shares = [.. shares.Select(share => share.div(sum))];
        return Clip(Blur(Blur(images, shares, 1), shares, 2)).where(isBlurred, images);
    }

    /// <summary>Each image has a kernel of its own, so that shifted images are added up rather than convolved.</summary>
    private static Tensor Blur(Tensor images, Tensor[] shares, int axis)
    {
        long length = images.shape[axis];
        int reach = shares.Length / 2;
        Tensor first = images.narrow(axis, 0, 1), last = images.narrow(axis, length - 1, 1);
        Tensor padded = cat([.. Enumerable.Repeat(first, reach), images, .. Enumerable.Repeat(last, reach)], axis);
        return shares.Select((share, place) => padded.narrow(axis, place, length).mul(share)).Aggregate((total, part) => total.Add(part));
    }
}
