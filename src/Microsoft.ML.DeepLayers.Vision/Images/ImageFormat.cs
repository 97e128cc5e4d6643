using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Which format a file is of, by its first bytes. What is not known never comes to a decoder.</summary>
internal static class ImageFormat
{
    /// <summary>The formats that are read, for messages.</summary>
    internal const string Known = "JPEG, PNG, GIF, WebP, BMP";

    /// <summary>The format, or <see langword="null"/>.</summary>
    internal static SKEncodedImageFormat? Of(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? SKEncodedImageFormat.Jpeg
        : file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? SKEncodedImageFormat.Png
        : file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8) ? SKEncodedImageFormat.Gif
        : file.StartsWith("RIFF"u8) && file.Length >= 12 && file[8..12].SequenceEqual("WEBP"u8) ? SKEncodedImageFormat.Webp
        : file.StartsWith("BM"u8) ? SKEncodedImageFormat.Bmp
        : null;
}
