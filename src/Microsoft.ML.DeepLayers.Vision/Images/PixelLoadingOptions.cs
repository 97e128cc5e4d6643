using System.Drawing;
using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The settings of <c>mlContext.Transforms.LoadPixels</c>.
/// </summary>
/// <remarks>
/// Formats are JPEG, PNG, GIF, WebP and BMP, told by their content; a file's extension means nothing. The rules for what is
/// out of the ordinary:
/// <list type="bullet">
/// <item>EXIF orientation of JPEG and WebP files is applied: the image stands as its photographer saw it.</item>
/// <item>Greyscale gives three equal channels; palettes are resolved; CMYK becomes RGB without a color profile. Color profiles are not applied, as in Pillow and torchvision.</item>
/// <item>16 bits a channel are brought to 8.</item>
/// <item>Transparent pixels are laid over <see cref="Background"/>.</item>
/// <item>Of an animation, the first picture counts.</item>
/// <item>
/// Cannot be loaded (see <see cref="Errors"/>): a path that is empty, missing, a directory or not readable; a file that is empty,
/// larger than <see cref="MaxFileBytes"/>, of no known format, damaged in a way that its decoder notices, or truncated; an
/// image of more than <see cref="MaxPixels"/> pixels, or of more than 262,144 in a row or a column, which is told by its
/// header before anything is decoded.
/// </item>
/// </list>
/// </remarks>
public sealed class PixelLoadingOptions
{
    /// <summary>The column to make: <c>Vector&lt;Byte, height, width, 3&gt;</c>, red, green, blue from 0 to 255. Default: <c>Pixels</c>.</summary>
    public string OutputColumnName { get; set; } = "Pixels";

    /// <summary>
    /// The column that is read: paths (text), encoded files (<c>Vector&lt;Byte&gt;</c>) or images (<see cref="MLImage"/>).
    /// <see langword="null"/>, the default, for the name of the output.
    /// </summary>
    public string? InputColumnName { get; set; }

    /// <summary>The height that images are brought to, in pixels. Default: 224.</summary>
    public int ImageHeight { get; set; } = 224;

    /// <summary>The width that images are brought to, in pixels. Default: 224.</summary>
    public int ImageWidth { get; set; } = 224;

    /// <summary>How images of other proportions are fitted. Default: their middle is cut out.</summary>
    public ImageFit Fit { get; set; } = ImageFit.Crop;

    /// <summary>How pixels between pixels are computed. Default: bilinear, antialiased.</summary>
    public ImageInterpolation Interpolation { get; set; } = ImageInterpolation.Bilinear;

    /// <summary>
    /// With <see cref="ImageFit.Crop"/>, the part of the resized image's shorter side that is cut out, above 0 up to 1. The
    /// evaluation recipe of torchvision's models, "shorter side to 256, crop 224", is 0.875. Default: 1.
    /// </summary>
    public float CropFraction { get; set; } = 1;

    /// <summary>What transparent pixels are laid over. Default: white.</summary>
    public Color Background { get; set; } = Color.White;

    /// <summary>The color beside an image, with <see cref="ImageFit.Pad"/>. Default: black.</summary>
    public Color PadColor { get; set; } = Color.Black;

    /// <summary>The folder that relative paths start from. Default: none, which is the current directory.</summary>
    public string ImageFolder { get; set; } = "";

    /// <summary>
    /// What happens to images that cannot be loaded. With <see cref="ImageErrors.Skip"/>, <c>Transform</c> leaves their rows
    /// out, whichever columns are asked for (so that a view's first pass decodes its images even for other columns); a PredictionEngine, which owes an answer for each row, throws either way.
    /// Default: <see cref="ImageErrors.Fail"/>.
    /// </summary>
    public ImageErrors Errors { get; set; } = ImageErrors.Fail;

    /// <summary>The most pixels that an image may have, at most 500 million. Default: 100 million.</summary>
    public long MaxPixels { get; set; } = 100_000_000;

    /// <summary>The most bytes that a file may have. Default: 256 MiB.</summary>
    public long MaxFileBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Whether JPEG files that are much larger than what is asked for are decoded at a part of their size, which is several
    /// times as fast: at an eighth to seven eighths, and at least twice what they are then resized to. Default: true.
    /// </summary>
    public bool DecodeAtReducedScale { get; set; } = true;

    /// <summary>How many threads decode. Default: as many as there are cores.</summary>
    public int? Workers { get; set; }

    internal string InputName => InputColumnName ?? OutputColumnName;

    internal PixelLoadingOptions Copy() => (PixelLoadingOptions)MemberwiseClone();

    /// <exception cref="ArgumentException">A setting is not possible.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(OutputColumnName);
        ArgumentNullException.ThrowIfNull(ImageFolder);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPixels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxPixels, 500_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers ?? 1, 1, nameof(Workers));
        Demand(Enum.IsDefined(Fit), nameof(Fit), $"{Fit} is no {nameof(ImageFit)}");
        Demand(Enum.IsDefined(Interpolation), nameof(Interpolation), $"{Interpolation} is no {nameof(ImageInterpolation)}");
        Demand(Enum.IsDefined(Errors), nameof(Errors), $"{Errors} is no {nameof(ImageErrors)}");
        Demand(
            (long)ImageHeight * ImageWidth * 3 <= Array.MaxLength, nameof(ImageHeight),
            $"{ImageHeight} by {ImageWidth} pixels of 3 bytes are more than an array can hold");
        string fraction = CropFraction.ToString(CultureInfo.InvariantCulture);
        Demand(CropFraction is > 0 and <= 1, nameof(CropFraction), $"{fraction} is not above 0 and at most 1");
        Demand(
            CropFraction == 1 || Fit == ImageFit.Crop, nameof(CropFraction),
            $"{fraction} has no meaning with {nameof(Fit)} = {Fit}: only {nameof(ImageFit)}.{nameof(ImageFit.Crop)} cuts anything out");
    }

    private static void Demand(bool condition, string setting, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException($"{nameof(PixelLoadingOptions)}.{setting}: {problem}.");
        }
    }
}
