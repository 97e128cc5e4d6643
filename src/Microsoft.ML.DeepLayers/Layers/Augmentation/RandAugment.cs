using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Changes each image by a few operations that are drawn for it (Cubuk et al. 2020), in training only: none, shear (2),
/// translation (2), rotation, posterization, solarization, auto contrast, equalization, brightness, contrast, color
/// degeneration, sharpness. Their strength is uniform in a range. At 1 they are the strongest of the paper: 30°, 0.3 pixels a
/// row, 0.45 of a side, 4 bits, everything inverted, factors of 0.1 to 1.9.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandAugment</c>, which draws the operations for a whole batch, and whose strength 1 is that of the single layers (a whole turn); ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandAugment(numOps: 2, factor: 0.3f)</c></example>
public sealed record RandAugment : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numOps">How many operations change an image, one after the other; at least 1. Default: 2.</param>
    /// <param name="factor">The range of strengths; within 0 and 1. Left out: 0 to 0.5.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandAugment(
        int numOps = 2, FloatRange? factor = null, Interpolation interpolation = Interpolation.Bilinear, FloatRange? valueRange = null)
        : base(valueRange)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numOps, 1);
        CheckDefined(interpolation, nameof(interpolation));
        NumOps = numOps;
        Factor = (factor ?? 0.5f).Within(0, 1, nameof(factor));
        Interpolation = interpolation;
    }

    /// <summary>How many operations change an image.</summary>
    public int NumOps { get; }

    /// <summary>The range of strengths.</summary>
    public FloatRange? Factor { get; }

    /// <summary>How the value between pixels is found.</summary>
    public Interpolation Interpolation { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        var operations = new RandomOperations(Factor!.Value, Interpolation, ValueRange!.Value, images.shape[3], withColors: true);
        for (int i = 0; i < NumOps; i++)
        {
            images = operations.Apply(images, generator);
        }

        return images;
    }
}
