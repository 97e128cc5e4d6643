using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Images;
using Microsoft.ML.DeepLayers.Runtime;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>Mixes pictures with the colors of heat maps.</summary>
internal static class OverlayPainter
{
    private const int Channels = 4;

    /// <summary>The picture with the map over it.</summary>
    internal static MLImage Paint(HeatMap map, MLImage picture, OverlayOptions options)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        int height = picture.Height, width = picture.Width;
        byte[] pixels = picture.Pixels.ToArray();
        (int top, int left, int rows, int columns, float[] values) = Place(map, height, width, options);
        // The order of the channels; the last one is the opacity, which stays.
        (int red, int blue) = picture.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float value = values[(row * columns) + column], share = value * options.Opacity;
                (float r, float g, float b) = ColorScale.Of(options.Colors, value);
                Span<byte> pixel = pixels.AsSpan((((top + row) * width) + left + column) * Channels, Channels);
                pixel[red] = Mix(pixel[red], r, share);
                pixel[1] = Mix(pixel[1], g, share);
                pixel[blue] = Mix(pixel[blue], b, share);
            }
        }

        return MLImage.CreateFromPixels(width, height, picture.PixelFormat, pixels);
    }

    /// <summary>A picture of the pixels that a network reads.</summary>
    /// <param name="values">The values, <c>[height, width, channels]</c>; one channel is gray.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="range">What is black and what is white.</param>
    internal static MLImage ToImage(ReadOnlySpan<float> values, Shape shape, FloatRange range)
    {
        int channels = shape[2];
        byte[] pixels = new byte[shape[0] * shape[1] * Channels];
        for (int pixel = 0; pixel < pixels.Length / Channels; pixel++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                float value = values[(pixel * channels) + (channels >= 3 ? channel : 0)];
                pixels[(pixel * Channels) + channel] = ToByte((value - range.Lower) / (range.Upper - range.Lower) * 255);
            }

            pixels[(pixel * Channels) + 3] = 255;
        }

        using NativeWork.Scope work = NativeWork.Begin();
        return MLImage.CreateFromPixels(shape[1], shape[0], MLPixelFormat.Rgba32, pixels);
    }

    internal static byte[] ToPng(MLImage image)
    {
        using NativeWork.Scope work = NativeWork.Begin();
        var info = new SKImageInfo(
            image.Width, image.Height, image.PixelFormat == MLPixelFormat.Bgra32 ? SKColorType.Bgra8888 : SKColorType.Rgba8888, SKAlphaType.Unpremul);
        byte[] pixels = image.Pixels.ToArray();
        GCHandle pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            using var bitmap = new SKBitmap();
            bitmap.InstallPixels(info, pinned.AddrOfPinnedObject());
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            return png.ToArray();
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>The part of the picture that the network saw, and the values for its pixels.</summary>
    private static (int Top, int Left, int Rows, int Columns, float[] Values) Place(HeatMap map, int height, int width, OverlayOptions options)
    {
        var fit = new PixelLoadingOptions { ImageHeight = map.Height, ImageWidth = map.Width, Fit = options.Fit, CropFraction = options.CropFraction };
        (SidePlacement vertical, SidePlacement horizontal) = ImagePlacement.Of(fit, height, width);
        (int top, int rows) = Seen(vertical, height);
        (int left, int columns) = Seen(horizontal, width);
        var part = new float[vertical.Count * horizontal.Count];
        for (int row = 0; row < vertical.Count; row++)
        {
            map.Values.Span.Slice(((vertical.Target + row) * map.Width) + horizontal.Target, horizontal.Count).CopyTo(part.AsSpan(row * horizontal.Count));
        }

        return (top, left, rows, columns, Bilinear.Resize(part, vertical.Count, horizontal.Count, rows, columns));
    }

    /// <summary>Of a picture's side, where the part begins that is in use, and how long it is.</summary>
    private static (int First, int Count) Seen(SidePlacement side, int length)
    {
        double scale = (double)length / side.Resized;
        int first = (int)Math.Clamp(Math.Round(side.First * scale), 0, length - 1);
        int end = (int)Math.Clamp(Math.Round((side.First + side.Count) * scale), first + 1, length);
        return (first, end - first);
    }

    private static byte Mix(byte pixel, float color, float share) => ToByte(pixel + ((color - pixel) * share));

    private static byte ToByte(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);
}
