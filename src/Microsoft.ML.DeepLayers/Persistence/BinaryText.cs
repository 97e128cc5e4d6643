using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>
/// Texts and counts in binary. A text is its UTF-16 units as they are: UTF-8 would change a name with half a surrogate pair.
/// </summary>
internal static class BinaryText
{
    internal static void WriteText(this BinaryWriter writer, ReadOnlyMemory<char> text)
    {
        writer.Write(text.Length);
        foreach (char unit in text.Span)
        {
            writer.Write((ushort)unit);
        }
    }

    internal static string ReadText(this BinaryReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytes(reader.ReadCount(bytesEach: sizeof(char)) * sizeof(char));
        return BitConverter.IsLittleEndian
            ? new string(MemoryMarshal.Cast<byte, char>(bytes))
            : throw new PlatformNotSupportedException("Models are read on little-endian machines only.");
    }

    /// <summary>Reads a number of things that follow, each at least so long: more cannot be there than bytes remain.</summary>
    /// <exception cref="InvalidDataException">There are not that many.</exception>
    internal static int ReadCount(this BinaryReader reader, int bytesEach)
    {
        int count = reader.ReadInt32();
        long remaining = reader.BaseStream.Length - reader.BaseStream.Position;
        return count >= 0 && count <= remaining / bytesEach
            ? count
            : throw new InvalidDataException($"it announces {count} items where {remaining} bytes remain");
    }
}
