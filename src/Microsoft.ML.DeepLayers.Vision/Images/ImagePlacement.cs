namespace Microsoft.ML.DeepLayers.Images;

/// <summary>One side of an image: what it is resized to, which part of that is used, and where it goes.</summary>
/// <param name="Resized">The length that the whole side is resized to.</param>
/// <param name="First">Where in that the used part begins.</param>
/// <param name="Count">The length of the used part.</param>
/// <param name="Target">Where in the result it begins.</param>
internal readonly record struct SidePlacement(long Resized, long First, int Count, int Target);

/// <summary>How an image is fitted into a size; the figures are torchvision's and Pillow's, to the pixel.</summary>
internal readonly record struct ImagePlacement(SidePlacement Vertical, SidePlacement Horizontal)
{
    /// <param name="options">The size and the way.</param>
    /// <param name="height">The image's height, at least 1.</param>
    /// <param name="width">The image's width, at least 1.</param>
    internal static ImagePlacement Of(PixelLoadingOptions options, int height, int width) => options.Fit switch
    {
        ImageFit.Crop => Crop(options, height, width),
        ImageFit.Pad => Pad(options, height, width),
        _ => Stretch(options.ImageHeight, options.ImageWidth),
    };

    /// <summary>The whole image, in another size.</summary>
    internal static ImagePlacement Stretch(int height, int width) => new(Whole(height), Whole(width));

    private static SidePlacement Whole(int length) => new(length, 0, length, 0);

    /// <summary>The shorter side becomes as long as asked for, the other in proportion, rounded down: torchvision's Resize.</summary>
    private static ImagePlacement Crop(PixelLoadingOptions options, int height, int width)
    {
        int coverHeight = Uncropped(options.ImageHeight, options.CropFraction);
        int coverWidth = Uncropped(options.ImageWidth, options.CropFraction);
        bool heightDecides = (long)width * coverHeight >= (long)height * coverWidth;
        return new(
            Middle(heightDecides ? coverHeight : (long)height * coverWidth / width, options.ImageHeight),
            Middle(heightDecides ? (long)width * coverHeight / height : coverWidth, options.ImageWidth));
    }

    /// <summary>Decimal, so that 224 at 0.8 is 280 and not a bit less.</summary>
    private static int Uncropped(int length, float fraction) => (int)Math.Min(int.MaxValue, Math.Floor(length / (decimal)fraction));

    private static SidePlacement Middle(long resized, int length) => new(resized, (long)Math.Round((resized - length) / 2.0), length, 0);

    /// <summary>The longer side becomes as long as there is room, the other in proportion: Pillow's ImageOps.pad.</summary>
    private static ImagePlacement Pad(PixelLoadingOptions options, int height, int width)
    {
        (int roomHeight, int roomWidth) = (options.ImageHeight, options.ImageWidth);
        bool widthDecides = (long)width * roomHeight >= (long)height * roomWidth;
        return new(
            Centered(widthDecides ? (int)Math.Round((double)height / width * roomWidth) : roomHeight, roomHeight),
            Centered(widthDecides ? roomWidth : (int)Math.Round((double)width / height * roomHeight), roomWidth));
    }

    private static SidePlacement Centered(int length, int room)
    {
        int fitted = Math.Clamp(length, 1, room);
        return new(fitted, 0, fitted, (int)Math.Round((room - fitted) / 2.0));
    }
}
