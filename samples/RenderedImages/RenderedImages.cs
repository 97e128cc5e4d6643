using System.Globalization;
using SkiaSharp;

namespace DeepLayers.Rendered;

/// <summary>
/// Data sets of images that nobody has to download: drawn at random by a seed, and written as folders of files, one a
/// class. Samples and tests compile these files in.
/// </summary>
internal static class RenderedImages
{
    /// <summary>Writes <c>folder/class/0000.png</c> and so on.</summary>
    /// <param name="folder">The folder; it is made if it is not there.</param>
    /// <param name="theme">What is drawn.</param>
    /// <param name="imagesPerClass">How many images each class has.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="seed">Decides all that is random. The images of one seed do not depend on how many there are.</param>
    /// <param name="format">The format of the files: PNG, JPEG or WebP.</param>
    internal static void Write(
        string folder, RenderedTheme theme, int imagesPerClass, int width = 64, int height = 64, int seed = 1,
        SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        string extension = format == SKEncodedImageFormat.Jpeg ? "jpg" : format.ToString().ToLowerInvariant();
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (int kind = 0; kind < theme.Classes.Count; kind++)
        {
            string inner = Directory.CreateDirectory(Path.Combine(folder, theme.Classes[kind])).FullName;
            var random = new Random((seed * 1000) + kind);
            for (int i = 0; i < imagesPerClass; i++)
            {
                Draw(bitmap, theme, kind, random);
                using FileStream file = File.Create(Path.Combine(inner, string.Create(CultureInfo.InvariantCulture, $"{i:0000}.{extension}")));
                bitmap.Encode(file, format, quality: 90);
            }
        }
    }

    /// <summary>Draws one image, over whatever the bitmap has.</summary>
    internal static void Draw(SKBitmap bitmap, RenderedTheme theme, int kind, Random random)
    {
        using var canvas = new SKCanvas(bitmap);
        // Themes draw in a square of side 1; where the image is no square, it is wider or higher than they see.
        float side = Math.Min(bitmap.Width, bitmap.Height);
        canvas.Translate((bitmap.Width - side) / 2, (bitmap.Height - side) / 2);
        canvas.Scale(side);
        theme.Draw(canvas, kind, random);
    }
}
