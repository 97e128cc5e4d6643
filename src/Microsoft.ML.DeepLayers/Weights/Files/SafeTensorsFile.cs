using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>
/// The safetensors format (https://huggingface.co/docs/safetensors): eight bytes with the length of a header, the
/// header in JSON (for each tensor its type, shape and place), and the numbers, without gaps.
/// </summary>
internal static class SafeTensorsFile
{
    /// <summary>The limit of the format's own library.</summary>
    internal const long LongestHeader = 100_000_000;

    private const string MetadataName = "__metadata__";

    /// <summary>What the header says of a tensor.</summary>
    private sealed record Entry(string Name, NumberFormat Format, Shape Shape, long Begin, long End);

    internal static NetworkWeights Read(string path) => DamagedFile.Read(path, "safetensors file", Read);

    internal static void Write(string path, NetworkWeights weights) => AtomicFile.Write(path, stream => Write(stream, weights), "The weights");

    private static NetworkWeights Read(FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader || (long)length > stream.Length - prefix.Length)
        {
            throw new InvalidDataException(
                $"the header is said to be {length} bytes long, in a file of {stream.Length} (and at most {LongestHeader} are allowed)");
        }

        byte[] header = new byte[(int)length];
        stream.ReadExactly(header);
        (List<Entry> entries, Dictionary<string, string> metadata) = ReadText(header);
        entries.Sort((one, other) => (one.Begin, one.End).CompareTo((other.Begin, other.End)));
        CheckPlaces(entries, stream.Length - stream.Position);
        // The entries follow each other, so one pass reads them.
        return new NetworkWeights(
            entries.Select(entry => WeightTensor.Over(entry.Name, entry.Shape, TensorData.Read(stream, entry.Format, (int)entry.Shape.Size))), metadata);
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ReadText(byte[] header)
    {
        Demand(Utf8.IsValid(header), "the header is no UTF-8");
        try
        {
            return ReadHeader(header);
        }
        catch (InvalidOperationException exception)
        {
            // JSON may escape half of a character of two.
            throw new InvalidDataException($"the header has a text that is no Unicode: {exception.Message}", exception);
        }
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ReadHeader(byte[] header)
    {
        using JsonDocument document = JsonDocument.Parse(header);
        Demand(document.RootElement.ValueKind == JsonValueKind.Object, "the header is no JSON object");
        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            Demand(property.Name.Length > 0, "a tensor has an empty name");
            Demand(names.Add(property.Name), $"there are two tensors '{property.Name}'");
            Demand(property.Value.ValueKind == JsonValueKind.Object, $"the header's '{property.Name}' is no object");
            if (property.Name == MetadataName)
            {
                foreach (JsonProperty text in property.Value.EnumerateObject())
                {
                    Demand(text.Value.ValueKind == JsonValueKind.String, $"the metadata '{text.Name}' is no text");
                    metadata[text.Name] = text.Value.GetString()!;
                }
            }
            else
            {
                entries.Add(ReadEntry(property.Name, property.Value));
            }
        }

        return (entries, metadata);
    }

    private static Entry ReadEntry(string name, JsonElement value)
    {
        string type = value.TryGetProperty("dtype", out JsonElement typeElement) && typeElement.ValueKind == JsonValueKind.String
            ? typeElement.GetString()!
            : throw new InvalidDataException($"tensor '{name}' has no dtype");
        NumberFormat format = type switch
        {
            "F64" => NumberFormat.Float64,
            "F32" => NumberFormat.Float32,
            "F16" => NumberFormat.Float16,
            "BF16" => NumberFormat.BFloat16,
            "I64" => NumberFormat.Int64,
            "I32" => NumberFormat.Int32,
            "I16" => NumberFormat.Int16,
            "I8" => NumberFormat.Int8,
            "U8" => NumberFormat.UInt8,
            "BOOL" => NumberFormat.Bool,
            _ => throw new InvalidDataException($"tensor '{name}' is of type {FileText.Short(type)}, which is not read (F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL are)"),
        };
        long[] dimensions = ReadNumbers(value, "shape", name);
        Shape shape = TensorData.ShapeOf(dimensions)
            ?? throw new InvalidDataException($"tensor '{name}' has the shape {FileText.Shape(dimensions)}, which no weight can have");
        long[] offsets = ReadNumbers(value, "data_offsets", name);
        Demand(offsets.Length == 2, $"tensor '{name}' has {offsets.Length} offsets instead of 2");
        Demand(
            offsets[1] - offsets[0] == shape.Size * format.Size(),
            $"tensor '{name}' of shape {shape} and type {type} takes {shape.Size * format.Size()} bytes, but its offsets are {offsets[0]} and {offsets[1]}");
        return new Entry(name, format, shape, offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(JsonElement value, string property, string name)
    {
        Demand(
            value.TryGetProperty(property, out JsonElement numbers) && numbers.ValueKind == JsonValueKind.Array,
            $"tensor '{name}' has no {property}");
        Demand(numbers.GetArrayLength() <= TensorData.MostDimensions, $"the {property} of tensor '{name}' has more than {TensorData.MostDimensions} numbers");
        return
        [
            .. numbers.EnumerateArray().Select(number =>
                number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out long whole) && whole >= 0
                    ? whole
                    : throw new InvalidDataException($"the {property} of tensor '{name}' has {FileText.Short(number.GetRawText())}, which is no whole number from 0")),
        ];
    }

    /// <summary>The numbers must be covered exactly: no overlap, no gap, nothing beyond the end.</summary>
    private static void CheckPlaces(List<Entry> entries, long length)
    {
        long end = 0;
        string before = "the beginning";
        foreach (Entry entry in entries)
        {
            Demand(entry.End <= length, $"tensor '{entry.Name}' ends at byte {entry.End} of {length}");
            Demand(entry.Begin >= end, $"tensor '{entry.Name}' overlaps {before}");
            Demand(entry.Begin == end, $"there are {entry.Begin - end} bytes of no tensor before '{entry.Name}'");
            (end, before) = (entry.End, $"'{entry.Name}'");
        }

        Demand(end == length, $"there are {length - end} bytes of no tensor at the end");
    }

    private static void Write(Stream stream, NetworkWeights weights)
    {
        using var header = new MemoryStream();
        using (var writer = new Utf8JsonWriter(header))
        {
            writer.WriteStartObject();
            WriteMetadata(writer, weights);
            long offset = 0;
            foreach (WeightTensor tensor in weights)
            {
                if (tensor.Name == MetadataName)
                {
                    throw new ArgumentException($"A tensor of a safetensors file cannot be named '{MetadataName}'.", nameof(weights));
                }

                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", "F32");
                writer.WriteStartArray("shape");
                foreach (int dimension in tensor.Shape)
                {
                    writer.WriteNumberValue(dimension);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += 4L * tensor.Values.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        // Spaces at the end let the numbers begin at a multiple of 8.
        while (header.Length % 8 != 0)
        {
            header.WriteByte((byte)' ');
        }

        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
        foreach (WeightTensor tensor in weights)
        {
            TensorData.Write(stream, tensor.Values.Span);
        }
    }

    private static void WriteMetadata(Utf8JsonWriter writer, NetworkWeights weights)
    {
        if (weights.Metadata.Count == 0)
        {
            return;
        }

        writer.WriteStartObject(MetadataName);
        foreach ((string name, string text) in weights.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }

    private static void Demand(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}
