using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the augmentations that move pixels by an affine map have in common.</summary>
public abstract record AffineAugmentation : ImageAugmentation
{
    private protected AffineAugmentation(FillMode fillMode, Interpolation interpolation, float fillValue)
    {
        CheckDefined(fillMode, nameof(fillMode));
        CheckDefined(interpolation, nameof(interpolation));
        if (!float.IsFinite(fillValue))
        {
            throw new ArgumentOutOfRangeException(nameof(fillValue), fillValue, "The fill value must be finite.");
        }

        FillMode = fillMode;
        Interpolation = interpolation;
        FillValue = fillValue;
    }

    /// <summary>What stands beyond the borders.</summary>
    public FillMode FillMode { get; }

    /// <summary>How the value between pixels is found.</summary>
    public Interpolation Interpolation { get; }

    /// <summary>The value beyond the borders where <see cref="FillMode"/> is <see cref="FillMode.Constant"/>.</summary>
    public float FillValue { get; }

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
            map.XX, map.XY.mul(height / width), map.X0.mul(2 / width),
            map.YX.mul(width / height), map.YY, map.Y0.mul(2 / height),
        ];
        Tensor theta = stack(broadcast_tensors(numbers), -1).view(-1, 2, 3);
        // Nothing to add where all images share the map.
        Tensor grid = nn.functional.affine_grid(theta.expand(images.shape[0], 2, 3), [images.shape[0], 1, images.shape[1], images.shape[2]], align_corners: false);
        return Sample(images.permute(0, 3, 1, 2), grid).permute(0, 2, 3, 1);
    }

    private protected static Tensor Uniform(Tensor images, FloatRange range, Generator generator) => Draw(images, range, generator).view(-1);

    private Tensor Sample(Tensor images, Tensor grid)
    {
        GridSampleMode mode = Interpolation == Interpolation.Nearest ? GridSampleMode.Nearest : GridSampleMode.Bilinear;
        switch (FillMode)
        {
            case FillMode.Nearest:
                return nn.functional.grid_sample(images, grid, mode, GridSamplePaddingMode.Border, align_corners: false);
            case FillMode.Reflect:
                return nn.functional.grid_sample(images, grid, mode, GridSamplePaddingMode.Reflection, align_corners: false);
            case FillMode.Wrap:
                return SampleWrapped(images, grid, mode);
            default:
                // Beyond the border libtorch has 0.
                return FillValue == 0
                    ? nn.functional.grid_sample(images, grid, mode, GridSamplePaddingMode.Zeros, align_corners: false)
                    : nn.functional.grid_sample(images.sub(FillValue), grid, mode, GridSamplePaddingMode.Zeros, align_corners: false).add(FillValue);
        }
    }

    /// <summary>
    /// libtorch does not know this mode. With one more column and row, taken from the other side, all places between pixels
    /// lie within the image once whole widths (heights) have been taken off.
    /// </summary>
    private static Tensor SampleWrapped(Tensor images, Tensor grid, GridSampleMode mode)
    {
        long height = images.shape[2], width = images.shape[3];
        Tensor wrapped = cat([images, images.narrow(2, 0, 1)], 2);
        wrapped = cat([wrapped, wrapped.narrow(3, 0, 1)], 3);
        Tensor sizes = tensor([width, height], dtype: grid.dtype, device: grid.device);
        Tensor pixels = grid.add(1).mul(sizes).sub(1).div(2).remainder(sizes);
        Tensor places = pixels.mul(2).add(1).div(sizes.add(1)).sub(1);
        return nn.functional.grid_sample(wrapped, places, mode, GridSamplePaddingMode.Border, align_corners: false);
    }

    private protected sealed record Map(Tensor XX, Tensor XY, Tensor X0, Tensor YX, Tensor YY, Tensor Y0);
}
