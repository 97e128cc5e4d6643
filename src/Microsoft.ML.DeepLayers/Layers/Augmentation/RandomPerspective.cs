using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Tilts each image as if it were seen from aside, with a probability that is itself uniform in a range; in training only. Each
/// corner moves inwards by parts of its own, uniform up to a limit, of half the width and half the height.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomPerspective</c>, which moves corners in proportion to where they are from the top left, so that one stays; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomPerspective(scale: 0.2f)</c> tilts half of the images a little.</example>
public sealed record RandomPerspective : SamplingAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="scale">The most that a corner moves, in parts of half of each side; from 0 to below 2/3, where corners could cross. Default: 0.5.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Constant"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomPerspective(
        FloatRange? factor = null,
        float scale = 0.5f,
        Interpolation interpolation = Interpolation.Bilinear,
        FillMode fillMode = FillMode.Constant,
        float fillValue = 0)
        : base(fillMode, interpolation, fillValue)
    {
        if (scale is not (>= 0 and < 2 / 3f))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "It must be within 0 and 2/3, so that corners do not cross.");
        }

        Factor = (factor ?? 1f).Within(0, 1, nameof(factor));
        Scale = scale;
    }

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    /// <summary>The most that a corner moves, in parts of half of each side.</summary>
    public float Scale { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        long batch = images.shape[0], height = images.shape[1], width = images.shape[2];
        Tensor isTilted = Chance(images, Factor!.Value, generator);
        Tensor corners = tensor([-1.0, -1, 1, -1, -1, 1, 1, 1], dtype: images.dtype, device: images.device).view(1, 4, 2);
        Tensor moved = corners.mul(empty([batch, 4, 2], images.dtype, images.device).uniform_(1 - Scale, 1, generator));
        // Where each pixel comes from: (x, y, 1) times a matrix, in parts of the third number.
        Tensor matrix = Homography(moved, corners.expand(batch, 4, 2));
        Tensor places = nn.functional.affine_grid(
            tensor([1.0, 0, 0, 0, 1, 0], dtype: images.dtype, device: images.device).view(1, 2, 3), [1, 1, height, width], align_corners: false).view(-1, 2);
        Tensor seen = cat([places, ones_like(places.narrow(1, 0, 1))], 1).Matmul(matrix.transpose(1, 2));
        Tensor grid = seen.narrow(2, 0, 2).div(seen.narrow(2, 2, 1)).view(batch, height, width, 2);
        return Sample(images, grid).where(isTilted, images);
    }

    /// <summary>The matrix <c>[batch, 3, 3]</c> that takes four points to four others, each <c>[batch, 4, 2]</c>.</summary>
    private static Tensor Homography(Tensor from, Tensor to)
    {
        Tensor x = from.narrow(2, 0, 1), y = from.narrow(2, 1, 1), one = ones_like(x), none = zeros_like(x);
        Tensor u = to.narrow(2, 0, 1), v = to.narrow(2, 1, 1);
        // Two equations a point, linear in the eight numbers other than the last, which is 1.
        Tensor equations = cat(
            [
                cat([x, y, one, none, none, none, x.mul(u).neg(), y.mul(u).neg()], 2),
                cat([none, none, none, x, y, one, x.mul(v).neg(), y.mul(v).neg()], 2),
            ], 1);
        Tensor numbers = linalg.solve(equations, cat([u, v], 1)).squeeze(2);
        return cat([numbers, ones_like(numbers.narrow(1, 0, 1))], 1).view(-1, 3, 3);
    }
}
