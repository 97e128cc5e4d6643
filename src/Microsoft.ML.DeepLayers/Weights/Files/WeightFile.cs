using System.IO.Compression;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Tells the format of a file of weights by how it begins; names of files say little (<c>.bin</c>, <c>.pth</c>, <c>.h5</c>).</summary>
internal static class WeightFile
{
    internal static NetworkWeights Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] start = new byte[16];
        using (FileStream stream = File.OpenRead(path))
        {
            Array.Resize(ref start, stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        }

        return start switch
        {
            [(byte)'P', (byte)'K', ..] when !IsOfPyTorch(path) => KerasFile.Read(path),
            [(byte)'P', (byte)'K', ..] or [0x80, ..] => PyTorchReader.Read(path),
            [0x89, (byte)'H', (byte)'D', (byte)'F', ..] => KerasFile.Read(path),
            // The length of the header, then the header, which is JSON.
            [_, _, _, _, _, _, _, _, (byte)'{', ..] => SafeTensorsFile.Read(path),
            // The version of the format, which exporters write first.
            [0x08, < 64, ..] => OnnxReader.Read(path),
            _ when path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) => OnnxReader.Read(path),
            _ => throw new FormatException($"'{path}' is no file of weights, or of a format that is not known: those of safetensors, PyTorch, Keras and ONNX are."),
        };
    }

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
