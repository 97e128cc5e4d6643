using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Images;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Files of images as pictures, by the rules by which <c>LoadPixels</c> makes pixels of them (see <see cref="PixelLoadingOptions"/>):
/// they stand as their photographer saw them, and what is damaged or too large is an error that says so. So heat maps lie where
/// they should: ML.NET's own <see cref="MLImage.CreateFromStream"/> turns nothing.
/// </summary>
public static class ImageFiles
{
    /// <summary>Decodes a file.</summary>
    /// <param name="file">The content of the file, not its path.</param>
    /// <param name="maxSide">
    /// The most pixels that a side may have: larger pictures are made smaller, in proportion. <see langword="null"/> (the default) for any number.
    /// </param>
    /// <param name="options">The limits, the background and the interpolation; what else it says has no meaning here. Left out for the defaults.</param>
    /// <returns>The picture, without transparency, to be disposed by the caller.</returns>
    /// <exception cref="ArgumentException">The most pixels are below 1, or a setting is not possible.</exception>
    /// <exception cref="ImageLoadException">The file cannot be decoded; <see cref="ImageLoadException.Defect"/> says why to programs.</exception>
    /// <example>
    /// <code>
    /// byte[] file = File.ReadAllBytes("photo.jpg");
    /// using MLImage picture = ImageFiles.Decode(file, maxSide: 1024);
    /// byte[] png = map.OverlayPng(picture);    // over the middle, which LoadPixels cuts out by default
    /// </code>
    /// </example>
    public static MLImage Decode(ReadOnlySpan<byte> file, int? maxSide = null, PixelLoadingOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSide ?? 1, 1, nameof(maxSide));
        options ??= new PixelLoadingOptions();
        options.Validate();
        using var decoder = new ImageDecoder(options, (height, width) => Fitted(height, width, maxSide ?? int.MaxValue));
        using var resizer = new Resizer();
        MLImage? picture = null;
        try
        {
            decoder.Decode(file, (image, placement) => picture = ToPicture(image, placement, resizer, options.Interpolation));
            return picture!;
        }
        catch (ImageProblem problem)
        {
            throw new ImageLoadException("from memory", problem.Defect, problem.Message, innerException: problem.InnerException);
        }
        catch (OutOfMemoryException exception)
        {
            throw new ImageLoadException("from memory", ImageDefect.TooLarge, "there is not enough memory to decode it", innerException: exception);
        }
    }

    private static ImagePlacement Fitted(int height, int width, int maxSide)
    {
        double scale = Math.Min(1, (double)maxSide / Math.Max(height, width));
        return ImagePlacement.Stretch(Math.Max(1, (int)Math.Round(height * scale)), Math.Max(1, (int)Math.Round(width * scale)));
    }

    private static MLImage ToPicture(Raster image, ImagePlacement placement, Resizer resizer, ImageInterpolation interpolation)
    {
        (int height, int width) = (placement.Vertical.Count, placement.Horizontal.Count);
        byte[] colors = new byte[height * width * 3], pixels = new byte[height * width * 4];
        resizer.Resize(image, placement, interpolation, colors, width);
        for (int from = 0, to = 0; from < colors.Length; from += 3, to += 4)
        {
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (colors[from], colors[from + 1], colors[from + 2], byte.MaxValue);
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }
}
