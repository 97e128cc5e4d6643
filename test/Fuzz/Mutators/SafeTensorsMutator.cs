using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Microsoft.ML.DeepLayers.Fuzz.Mutators;

/// <summary>Changes the header of a safetensors file as JSON, and gives it its length again.</summary>
internal static class SafeTensorsMutator
{
    private const int PrefixLength = 8;

    internal static byte[] Mutate(Random random, byte[] file, byte[] other)
    {
        if (file.Length > PrefixLength && random.Next(4) > 0)
        {
            long length = BinaryPrimitives.ReadInt64LittleEndian(file);
            if (length > 0 && length <= file.Length - PrefixLength && JsonMutator.Parse(file.AsSpan(PrefixLength, (int)length)) is { } header)
            {
                return Pack(Encoding.UTF8.GetBytes(JsonMutator.Change(random, Focus(random, header), 0)), file.AsSpan(PrefixLength + (int)length));
            }
        }

        return ByteMutator.Mutate(random, file, other);
    }

    private static byte[] Pack(byte[] header, ReadOnlySpan<byte> numbers)
    {
        byte[] prefix = new byte[PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. numbers];
    }

    /// <summary>Half of the changes of a checkpoint concern its text, which is one of many members.</summary>
    private static JsonNode Focus(Random random, JsonNode header)
    {
        if (header is JsonObject members && random.Next(2) == 0 && members["__metadata__"] is JsonObject { Count: > 0 } metadata)
        {
            string name = metadata.First().Key;
            if (metadata[name] is JsonValue value && value.TryGetValue(out string? text) && JsonMutator.Parse(Encoding.UTF8.GetBytes(text)) is { } inner)
            {
                metadata[name] = JsonMutator.Change(random, inner, 1);
            }
        }

        return header;
    }
}
