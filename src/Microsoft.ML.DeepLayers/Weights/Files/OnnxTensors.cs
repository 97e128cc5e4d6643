using System.Globalization;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>The numbers of an ONNX model's tensors: within the model, or in files beside it.</summary>
internal static class OnnxTensors
{
    /// <summary>The format of a tensor's numbers, or nothing for those that no weight has (indices, texts, 8 bits).</summary>
    internal static NumberFormat? FormatOf(TensorProto tensor) => (TensorProto.Types.DataType)tensor.DataType switch
    {
        TensorProto.Types.DataType.Float => NumberFormat.Float32,
        TensorProto.Types.DataType.Double => NumberFormat.Float64,
        TensorProto.Types.DataType.Float16 => NumberFormat.Float16,
        TensorProto.Types.DataType.Bfloat16 => NumberFormat.BFloat16,
        _ => null,
    };

    /// <summary>The shape that a tensor claims.</summary>
    /// <exception cref="InvalidDataException">No weight can have it.</exception>
    internal static Shape ShapeOf(TensorProto tensor) => TensorData.ShapeOf(tensor.Dims)
        ?? throw new InvalidDataException($"tensor '{tensor.Name}' has the shape [{string.Join(", ", tensor.Dims)}], which no weight can have");

    /// <summary>The numbers of a tensor.</summary>
    /// <param name="tensor">The tensor, of floats.</param>
    /// <param name="folder">Where files of numbers beside the model are; <see langword="null"/> where there must be none.</param>
    /// <exception cref="InvalidDataException">They are fewer or more than its shape says, or in a file that cannot be read safely.</exception>
    internal static float[] Values(TensorProto tensor, string? folder)
    {
        int count = checked((int)ShapeOf(tensor).Size);
        NumberFormat format = FormatOf(tensor) ?? throw new InvalidDataException($"tensor '{tensor.Name}' has no floats");
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
        {
            return folder is null
                ? throw new InvalidDataException($"the numbers of tensor '{tensor.Name}' are in another file, where a network of this library has none")
                : External(tensor, format, count, folder);
        }

        if (tensor.FloatData.Count > 0 || tensor.DoubleData.Count > 0)
        {
            float[] numbers = tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : [.. tensor.DoubleData.Select(number => (float)number)];
            return numbers.Length == count ? numbers : throw Wrong(tensor, $"{numbers.Length} numbers", count);
        }

        if (tensor.RawData.Length != (long)count * format.Size())
        {
            throw Wrong(tensor, $"{tensor.RawData.Length} bytes", count);
        }

        float[] values = new float[count];
        format.Decode(tensor.RawData.Span, values);
        return values;
    }

    /// <summary>Numbers in a file of its own, which must lie beside the model: a model says what else is read, and comes from anywhere.</summary>
    private static float[] External(TensorProto tensor, NumberFormat format, int count, string folder)
    {
        string location = Entry(tensor, "location") ?? "";
        if (location.Length == 0 || location is "." or ".." || location.AsSpan().IndexOfAny('/', '\\', ':') >= 0)
        {
            throw new InvalidDataException($"the numbers of tensor '{tensor.Name}' are said to be in '{location}'; only files beside the model are read");
        }

        var file = new FileInfo(Path.Combine(folder, location));
        if (!file.Exists || file.LinkTarget is not null)
        {
            throw new InvalidDataException($"the numbers of tensor '{tensor.Name}' are in the file '{location}', which is {(file.Exists ? "a link" : "missing")} beside the model");
        }

        long bytes = (long)count * format.Size();
        if (!Number(tensor, "offset", 0, out long offset) || !Number(tensor, "length", bytes, out long length) || offset < 0 || length != bytes || offset > file.Length - bytes)
        {
            throw new InvalidDataException($"the numbers of tensor '{tensor.Name}' are not within its file '{location}' of {file.Length} bytes");
        }

        using FileStream stream = file.OpenRead();
        stream.Position = offset;
        return TensorData.Read(stream, format, count);
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static bool Number(TensorProto tensor, string key, long missing, out long number)
    {
        number = missing;
        return Entry(tensor, key) is not { } text || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static InvalidDataException Wrong(TensorProto tensor, string found, int count) =>
        new($"tensor '{tensor.Name}' has {found} for a shape of {count} numbers");
}
