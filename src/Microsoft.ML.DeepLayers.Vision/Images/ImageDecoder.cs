using System.Globalization;
using Microsoft.ML.DeepLayers.Runtime;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Decodes files of images, as they are to be seen: turned as EXIF says, and over a background.</summary>
/// <param name="options">The limits, the background, and what the image is decoded for.</param>
/// <param name="place">What it is decoded for, by its height and width, where the options do not say.</param>
internal sealed unsafe class ImageDecoder(PixelLoadingOptions options, Func<int, int, ImagePlacement>? place = null) : IDisposable
{
    /// <summary>An image is decoded at a part of its size only if that still is so many times what it is resized to.</summary>
    private const int LeastReduction = 2;

    /// <summary>Images of more pixels than this are decoded one at a time in the whole process: all cores at once would need gigabytes.</summary>
    private const long LargePixels = 32_000_000;

    /// <summary>Each pixel of a side has a weight, or several, when an image is resized.</summary>
    private const int LongestSide = 262_144;

    private static readonly object LargeGate = new();

    private readonly NativeBuffer decoded = new();
    private readonly NativeBuffer turned = new();

    /// <summary>Decodes a file and hands its pixels, which are gone afterwards, to <paramref name="use"/>.</summary>
    /// <param name="file">The file.</param>
    /// <param name="use">What is done with them: the pixels, and where they go by the size of the whole image.</param>
    /// <exception cref="ImageProblem">It cannot be decoded.</exception>
    internal void Decode(ReadOnlySpan<byte> file, RasterUser use)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        ImageFile.CheckLength(file.Length, options.MaxFileBytes);
        SKEncodedImageFormat format = ImageFormat.Of(file)
            ?? throw new ImageProblem(ImageDefect.UnknownFormat, $"it is of no known format ({ImageFormat.Known}); it begins with the bytes {Convert.ToHexString(file[..Math.Min(8, file.Length)])}");
        fixed (byte* content = file)
        {
            using SKData data = SKData.Create((nint)content, file.Length);
            using SKCodec codec = SKCodec.Create(data) ?? throw new ImageProblem(ImageDefect.Damaged, $"its header, of the format {Name(format)}, is damaged or truncated");
            SKImageInfo info = codec.Info;
            CheckSize(info.Width, info.Height);
            bool turns = ImageOrientation.SwapsSides(codec.EncodedOrigin);
            (int height, int width) = turns ? (info.Width, info.Height) : (info.Height, info.Width);
            ImagePlacement placement = place?.Invoke(height, width) ?? ImagePlacement.Of(options, height, width);
            SKSizeI size = format == SKEncodedImageFormat.Jpeg && options.DecodeAtReducedScale
                ? ReducedSize(codec, turns ? new(placement.Horizontal, placement.Vertical) : placement)
                : info.Size;
            if ((long)size.Width * size.Height > LargePixels)
            {
                lock (LargeGate)
                {
                    Decode(codec, size, placement, use);
                }
            }
            else
            {
                Decode(codec, size, placement, use);
            }
        }
    }

    /// <exception cref="ImageProblem">An image of that size is not decoded.</exception>
    internal void CheckSize(int width, int height)
    {
        long pixels = (long)width * height;
        string? problem = pixels < 1 ? "which is nothing"
            : pixels > options.MaxPixels ? string.Create(
                CultureInfo.InvariantCulture,
                $"more than the {options.MaxPixels:N0} that are allowed ({nameof(PixelLoadingOptions)}.{nameof(PixelLoadingOptions.MaxPixels)})")
            : Math.Max(width, height) > LongestSide ? string.Create(CultureInfo.InvariantCulture, $"and no side may have more than {LongestSide:N0}")
            : null;
        if (problem is not null)
        {
            throw new ImageProblem(pixels < 1 ? ImageDefect.Damaged : ImageDefect.TooLarge, $"it is {width} by {height} pixels, {problem}");
        }
    }

    /// <summary>Lays colors over the background, in place.</summary>
    /// <param name="pixels">Red, green, blue and alpha of each pixel.</param>
    /// <param name="isPremultiplied">Whether colors have been multiplied by alpha already.</param>
    internal void LayOverBackground(Span<byte> pixels, bool isPremultiplied)
    {
        (int red, int green, int blue) = (options.Background.R, options.Background.G, options.Background.B);
        for (int i = 0; i + 3 < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha != 255)
            {
                int share = isPremultiplied ? 255 : alpha;
                pixels[i] = Blend(pixels[i], share, red, alpha);
                pixels[i + 1] = Blend(pixels[i + 1], share, green, alpha);
                pixels[i + 2] = Blend(pixels[i + 2], share, blue, alpha);
            }
        }
    }

    public void Dispose()
    {
        decoded.Dispose();
        turned.Dispose();
    }

    private static byte Blend(int color, int share, int background, int alpha) =>
        (byte)Math.Min(255, ((color * share) + (background * (255 - alpha)) + 127) / 255);

    private static string Name(SKEncodedImageFormat format) => format.ToString().ToUpperInvariant();

    private static SKSizeI ReducedSize(SKCodec codec, ImagePlacement placement)
    {
        for (int eighths = 1; eighths < 8; eighths++)
        {
            SKSizeI size = codec.GetScaledDimensions(eighths / 8f);
            if (size.Width >= LeastReduction * placement.Horizontal.Resized && size.Height >= LeastReduction * placement.Vertical.Resized)
            {
                return size;
            }
        }

        return codec.Info.Size;
    }

    private void Decode(SKCodec codec, SKSizeI size, ImagePlacement placement, RasterUser use)
    {
        try
        {
            Raster raster = Decode(codec, size);
            use(ImageOrientation.Apply(raster, codec.EncodedOrigin, turned), placement);
        }
        finally
        {
            decoded.Release();
            turned.Release();
        }
    }

    private Raster Decode(SKCodec codec, SKSizeI size)
    {
        bool isOpaque = codec.Info.AlphaType == SKAlphaType.Opaque;
        // Without a color space, colors stay the numbers that are in the file, as in Pillow and torchvision.
        var info = new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, isOpaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        var raster = new Raster(decoded.Get((long)info.RowBytes * size.Height), size.Width, size.Height);
        switch (codec.GetPixels(info, (nint)raster.Pixels))
        {
            case SKCodecResult.Success:
                break;
            case SKCodecResult.IncompleteInput:
                throw new ImageProblem(ImageDefect.Damaged, "the file is truncated");
            case SKCodecResult.ErrorInInput or SKCodecResult.InvalidInput:
                throw new ImageProblem(ImageDefect.Damaged, "its content is damaged");
            case var other:
                throw new ImageProblem(ImageDefect.Damaged, $"its content, of the format {Name(codec.EncodedFormat)}, cannot be decoded ({other})");
        }

        if (!isOpaque)
        {
            LayOverBackground(raster.Bytes, isPremultiplied: false);
        }

        return raster;
    }
}

/// <summary>Takes the pixels of an image, which are there for the time of the call.</summary>
/// <param name="image">The pixels.</param>
/// <param name="placement">Where they go.</param>
internal delegate void RasterUser(Raster image, ImagePlacement placement);
