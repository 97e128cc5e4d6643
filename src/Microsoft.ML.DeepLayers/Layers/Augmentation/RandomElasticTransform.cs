using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Bends each image as if it were drawn on rubber, with a probability that is itself uniform in a range; in training only
/// (after Simard et al. 2003). Points of a grid, about ten along the shorter side, move at random, and pixels between them with
/// them (bicubic). The root mean square of their movements is 2% of the longer side, times a factor of the image's own, uniform
/// in a range.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomElasticTransform</c>, whose movements are weaker the larger images are; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomElasticTransform()</c> suits handwriting.</example>
public sealed record RandomElasticTransform : SamplingAugmentation
{
    private const double GridSpacing = 0.1;
    private const double Movement = 0.02;

    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="scale">The range of factors of the movements; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Reflect"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomElasticTransform(
        FloatRange? factor = null,
        FloatRange? scale = null,
        Interpolation interpolation = Interpolation.Bilinear,
        FillMode fillMode = FillMode.Reflect,
        float fillValue = 0)
        : base(fillMode, interpolation, fillValue)
    {
        Factor = (factor ?? 1f).Within(0, 1, nameof(factor));
        Scale = (scale ?? 1f).Within(0, 1, nameof(scale));
    }

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    /// <summary>The range of factors of the movements.</summary>
    public FloatRange? Scale { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        long batch = images.shape[0], height = images.shape[1], width = images.shape[2];
        Tensor isBent = Chance(images, Factor!.Value, generator);
        double spacing = GridSpacing * Math.Min(height, width);
        Tensor points = empty([batch, 2, Points(height), Points(width)], images.dtype, images.device).uniform_(-1, 1, generator);
        Tensor noise = nn.functional.interpolate(points, [height, width], mode: InterpolationMode.Bicubic, align_corners: false);
        Tensor size = noise.Square().mean([1, 2, 3], keepdim: true).sqrt().Maximum(1e-12);
        Tensor pixels = noise.div(size).mul(Draw(images, Scale!.Value, generator)).Multiply(Movement * Math.Max(height, width)).permute(0, 2, 3, 1);
        // Grid sampling counts from -1 to 1.
        Tensor places = nn.functional.affine_grid(
            tensor([1.0, 0, 0, 0, 1, 0], dtype: images.dtype, device: images.device).view(1, 2, 3), [1, 1, height, width], align_corners: false);
        Tensor grid = places.Add(pixels.mul(tensor([2.0 / width, 2.0 / height], dtype: images.dtype, device: images.device)));
        return Sample(images, grid).where(isBent, images);

        long Points(long length) => (long)Math.Round(length / spacing);
    }
}
