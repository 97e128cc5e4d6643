using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the augmentations that move pixels by an affine map have in common.</summary>
public abstract record AffineAugmentation : SamplingAugmentation
{
    private protected AffineAugmentation(FillMode fillMode, Interpolation interpolation, float fillValue)
        : base(fillMode, interpolation, fillValue)
    {
    }

    /// <summary>
    /// Where each pixel of the output comes from: six numbers an image, each <c>[batch]</c> or <c>[1]</c>, so that the pixel at
    /// (x, y) from the center is that of the input at (xx · x + xy · y + x0, yx · x + yy · y + y0).
    /// </summary>
    private protected abstract Map DrawMap(Tensor images, Generator generator);

    private protected sealed override Tensor Augment(Tensor images, Generator generator)
    {
        double height = images.shape[1], width = images.shape[2];
        Map map = DrawMap(images, generator);
        // libtorch counts from -1 to 1 over the whole width (height): the center is 0, and a pixel is 2 / width wide.
        Tensor[] numbers =
        [
            map.XX, map.XY.Multiply(height / width), map.X0.Multiply(2 / width),
            map.YX.Multiply(width / height), map.YY, map.Y0.Multiply(2 / height),
        ];
        Tensor theta = stack(broadcast_tensors(numbers), -1).view(-1, 2, 3);
        // Nothing to add where all images share the map.
        Tensor grid = nn.functional.affine_grid(theta.expand(images.shape[0], 2, 3), [images.shape[0], 1, images.shape[1], images.shape[2]], align_corners: false);
        return Sample(images, grid);
    }

    private protected static Tensor Uniform(Tensor images, FloatRange range, Generator generator) => Draw(images, range, generator).view(-1);

    private protected sealed record Map(Tensor XX, Tensor XY, Tensor X0, Tensor YX, Tensor YY, Tensor Y0);
}
