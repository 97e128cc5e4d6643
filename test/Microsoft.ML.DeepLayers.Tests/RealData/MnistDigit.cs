using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>A handwritten digit of MNIST, as ML.NET reads it.</summary>
internal sealed class MnistDigit
{
    internal const int Side = 28;

    /// <summary>Grey values from 0 to 1, channels last.</summary>
    [VectorType(Side, Side, 1)]
    public float[] Pixels { get; set; } = [];

    public string Digit { get; set; } = "";

    /// <summary>The 10000 test digits, from the two files in the original format.</summary>
    internal static MnistDigit[] ReadTest(string folder)
    {
        byte[] images = ReadAll(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"));
        byte[] labels = ReadAll(Path.Combine(folder, "t10k-labels-idx1-ubyte.gz"));
        const int imageHeader = 16;
        const int labelHeader = 8;
        return [.. Enumerable.Range(0, BinaryPrimitives.ReadInt32BigEndian(labels.AsSpan(4))).Select(index => From(
            images.AsSpan(imageHeader + index * Side * Side, Side * Side),
            labels[labelHeader + index].ToString(CultureInfo.InvariantCulture)))];
    }

    /// <summary>The 60000 training digits, which lie there as an archive of PNG files.</summary>
    internal static IEnumerable<MnistDigit> ReadTraining(string folder)
    {
        using Stream stream = SharedData.Open(Path.Combine(folder, "mnist-pngs.tar.gz"));
        using var archive = new TarReader(stream);
        while (archive.GetNextEntry() is { } entry)
        {
            // mnist-pngs/train/<digit>/<index>.png
            if (entry.Name.Split('/') is [_, "train", string digit, string name] && name.EndsWith(".png", StringComparison.Ordinal))
            {
                yield return From(ReadPng(entry.DataStream!), digit);
            }
        }
    }

    private static MnistDigit From(ReadOnlySpan<byte> grey, string digit)
    {
        var pixels = new float[grey.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = grey[i] / 255f;
        }

        return new MnistDigit { Pixels = pixels, Digit = digit };
    }

    private static byte[] ReadAll(string path)
    {
        using Stream stream = SharedData.Open(path);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Reads a PNG of 28 by 28 grey bytes: all that these files are, so no image library is needed.</summary>
    private static byte[] ReadPng(Stream stream)
    {
        using var file = new MemoryStream();
        stream.CopyTo(file);
        ReadOnlySpan<byte> bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        using var packed = new MemoryStream();
        const int signature = 8;
        for (int at = signature, length; at < bytes.Length; at += length + 12)
        {
            length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
            if (bytes.Slice(at + 4, 4).SequenceEqual("IHDR"u8) && !bytes.Slice(at + 16, 2).SequenceEqual([(byte)8, (byte)0]))
            {
                throw new InvalidDataException("The PNG is not one of 8-bit grey values.");
            }

            if (bytes.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                packed.Write(bytes.Slice(at + 8, length));
            }
        }

        packed.Position = 0;
        using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
        var pixels = new byte[Side * Side];
        var row = new byte[Side + 1];
        for (int y = 0; y < Side; y++)
        {
            unpacked.ReadExactly(row);
            Unfilter(row[0], row.AsSpan(1), pixels, y);
        }

        return pixels;
    }

    /// <summary>Undoes the prediction of a row of one-byte pixels (PNG specification, section 9).</summary>
    private static void Unfilter(byte filter, ReadOnlySpan<byte> row, byte[] pixels, int y)
    {
        for (int x = 0; x < Side; x++)
        {
            int left = x == 0 ? 0 : pixels[y * Side + x - 1];
            int up = y == 0 ? 0 : pixels[(y - 1) * Side + x];
            int corner = x == 0 || y == 0 ? 0 : pixels[(y - 1) * Side + x - 1];
            int predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => throw new InvalidDataException($"A PNG row has the unknown filter {filter}."),
            };
            pixels[y * Side + x] = unchecked((byte)(row[x] + predicted));
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        (int toLeft, int toUp, int toCorner) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
