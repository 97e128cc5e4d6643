using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Inverts the values of each image, upper end of the range - value, with a probability that is itself uniform in a range;
/// in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomInvert</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomInvert((0.5f, 0.5f))</c> inverts half of the images.</example>
public sealed record RandomInvert : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomInvert(FloatRange? factor = null, FloatRange? valueRange = null)
        : base(valueRange) => Factor = (factor ?? 1f).Within(0, 1, nameof(factor));

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator) =>
        images.neg().Add(Brightest).where(Chance(images, Factor!.Value, generator), images);
}
