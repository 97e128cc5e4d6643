using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

/// <summary>Small images, and the pixels that they are loaded as.</summary>
internal static class TestImages
{
    /// <summary>The pattern that Fixtures/README.txt describes.</summary>
    internal static byte[] Pattern(int width, int height, SKEncodedImageFormat format = SKEncodedImageFormat.Png) =>
        Encode(width, height, (x, y) => new SKColor((byte)((x * x * 3) + (y * 29)), (byte)((x * 17) ^ (y * 11)), (byte)((x * y * 5) + (x * 31))), format);

    internal static byte[] Solid(int width, int height, SKColor color, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        bitmap.Erase(color);
        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    internal static byte[] Encode(int width, int height, Func<int, int, SKColor> color, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, color(x, y));
            }
        }

        using SKData data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    internal static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vision", "Fixtures", name));

    /// <summary>A PNG file of whatever header and rows, which need not be possible.</summary>
    /// <param name="width">The width that the header says.</param>
    /// <param name="height">The height that the header says.</param>
    /// <param name="bits">The bits a channel.</param>
    /// <param name="colorType">0 grey, 2 red green blue, 3 palette, 4 grey and alpha, 6 all.</param>
    /// <param name="rows">The rows, each behind a byte for its filter.</param>
    internal static byte[] Png(int width, int height, byte bits, byte colorType, byte[] rows)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, colorType);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    /// <summary>A JPEG file with the note of a camera that it is to be turned.</summary>
    internal static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, // The first list of entries follows.
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>The pixels of an image from memory.</summary>
    internal static byte[] Load(byte[] file, PixelLoadingOptions options)
    {
        var ml = new MLContext();
        options.InputColumnName = nameof(Encoded.File);
        IDataView data = ml.Data.LoadFromEnumerable([new Encoded { File = file }]);
        return Pixels(ml.Transforms.LoadPixels(options).Fit(data).Transform(data), options.OutputColumnName).Single();
    }

    /// <summary>The pixels of an image from memory at its own size.</summary>
    internal static byte[] Load(byte[] file, int width, int height) =>
        Load(file, new PixelLoadingOptions { ImageWidth = width, ImageHeight = height, Fit = ImageFit.Stretch });

    internal static byte[][] Pixels(IDataView view, string column = "Pixels") =>
        [.. view.GetColumn<VBuffer<byte>>(column).Select(value => value.DenseValues().ToArray())];

    internal static (byte Red, byte Green, byte Blue) At(byte[] pixels, int width, int x, int y)
    {
        int at = ((y * width) + x) * 3;
        return (pixels[at], pixels[at + 1], pixels[at + 2]);
    }

    /// <summary>Checks that no value is further from what is expected.</summary>
    internal static void AssertNear(byte[] expected, byte[] actual, int tolerance, string what = "")
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsLessThanOrEqualTo(tolerance, Math.Abs(expected[i] - actual[i]), $"{what} value {i}: {expected[i]} is expected, {actual[i]} was loaded");
        }
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        for (int i = 0; i < 4; i++)
        {
            chunk[4 + i] = (byte)type[i];
        }

        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Checksum(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    /// <summary>CRC-32 as PNG has it.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ (0xEDB88320 & (0 - (sum & 1)));
            }
        }

        return ~sum;
    }

    internal sealed class Encoded
    {
        public byte[] File { get; set; } = [];
    }
}
