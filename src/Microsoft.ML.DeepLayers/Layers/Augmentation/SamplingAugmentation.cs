using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the augmentations that move pixels have in common: a pixel of the output comes from a place between pixels of the input, or beyond its borders.</summary>
public abstract record SamplingAugmentation : ImageAugmentation
{
    private protected SamplingAugmentation(FillMode fillMode, Interpolation interpolation, float fillValue)
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

    /// <summary>Takes the pixels from places of the input.</summary>
    /// <param name="images">The images, <c>[batch, height, width, channels]</c>.</param>
    /// <param name="places">x and y of each pixel of the output, <c>[batch, height, width, 2]</c>, from -1 to 1 over the whole width (height).</param>
    private protected Tensor Sample(Tensor images, Tensor places) => Sample(images.permute(0, 3, 1, 2), places, Mode(Interpolation)).permute(0, 2, 3, 1);

    private static GridSampleMode Mode(Interpolation interpolation) =>
        interpolation == Interpolation.Nearest ? GridSampleMode.Nearest : GridSampleMode.Bilinear;

    private Tensor Sample(Tensor images, Tensor grid, GridSampleMode mode)
    {
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
                    : nn.functional.grid_sample(images.Subtract(FillValue), grid, mode, GridSamplePaddingMode.Zeros, align_corners: false).Add(FillValue);
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
        Tensor pixels = grid.Add(1).mul(sizes).Subtract(1).Divide(2).remainder(sizes);
        Tensor places = pixels.Multiply(2).Add(1).div(sizes.Add(1)).Subtract(1);
        return nn.functional.grid_sample(wrapped, places, mode, GridSamplePaddingMode.Border, align_corners: false);
    }
}
