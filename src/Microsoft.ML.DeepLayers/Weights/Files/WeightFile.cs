using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// Tells the format of a file of weights by its content; names of files say little (<c>.bin</c>, <c>.pth</c>, <c>.h5</c>). A
/// safetensors file begins with the length of its header, which can be any bytes, those of other formats among them: the
/// length must fit the file, and the header must begin as JSON does.
/// </summary>
internal static class WeightFile
{
    private const int PrefixLength = 8;

    internal static NetworkWeights Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] start = new byte[16];
        long length;
        using (FileStream stream = File.OpenRead(path))
        {
            length = stream.Length;
            Array.Resize(ref start, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        }

        return start switch
        {
            _ when IsSafeTensors(start, length - PrefixLength) => SafeTensorsFile.Read(path),
            [(byte)'P', (byte)'K', 3, 4, ..] when !IsOfPyTorch(path) => KerasFile.Read(path),
            [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] => PyTorchReader.Read(path),
            [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => KerasFile.Read(path),
            [0x80, <= 5, ..] => PyTorchReader.Read(path),
            // A damaged one: its reader says what is wrong.
            _ when IsSafeTensors(start, SafeTensorsFile.LongestHeader) => SafeTensorsFile.Read(path),
            // The version of the format, which exporters write first.
            [0x08, < 64, ..] => OnnxReader.Read(path, ModelFileLimits.Default),
            _ when path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) => OnnxReader.Read(path, ModelFileLimits.Default),
            _ => throw new FormatException($"'{path}' is no file of weights, or of a format that is not known: those of safetensors, PyTorch, Keras and ONNX are."),
        };
    }

    /// <summary>Checks for a header in JSON behind its length, which is at least that of an empty object.</summary>
    private static bool IsSafeTensors(ReadOnlySpan<byte> start, long longestHeader) =>
        start.Length > PrefixLength && start[PrefixLength] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(start) is >= 2 and ulong header && header <= (ulong)Math.Min(longestHeader, SafeTensorsFile.LongestHeader);

    /// <summary>Both PyTorch and Keras write zips.</summary>
    private static bool IsOfPyTorch(string path)
    {
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(path);
            return zip.Entries.Any(entry => entry.Name == "data.pkl");
        }
        catch (InvalidDataException)
        {
            // Its reader says what is wrong.
            return true;
        }
    }
}
