using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Takes the color out of each image with a probability, so that all three channels have its brightness, 0.2989 red + 0.587
/// green + 0.114 blue; in training only.
/// <para>Input and output <c>[batch, height, width, 3]</c>.</para>
/// <para>Keras: <c>RandomGrayscale</c>, which does so at scoring too; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomGrayscale(0.2f)</c> takes the color out of a fifth of the images.</example>
public sealed record RandomGrayscale : ImageAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The probability; within 0 and 1. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public RandomGrayscale(float factor = 0.5f)
    {
        if (factor is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The probability must be within 0 and 1.");
        }

        Factor = factor;
    }

    /// <summary>The probability.</summary>
    public float Factor { get; }

    private protected override int? Channels => 3;

    private protected override Tensor Augment(Tensor images, Generator generator) =>
        Colors.Gray(images).where(Draw(images, new FloatRange(0, 1), generator).Less(Factor), images);
}
