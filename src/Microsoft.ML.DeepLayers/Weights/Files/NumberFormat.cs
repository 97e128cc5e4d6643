using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>The types of numbers that files store, little-endian.</summary>
internal enum NumberFormat
{
    Float64,
    Float32,
    Float16,
    BFloat16,
    Int64,
    Int32,
    UInt32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>Turns stored numbers into floats. Large whole numbers and doubles are rounded.</summary>
internal static class NumberFormats
{
    internal static int Size(this NumberFormat format) => format switch
    {
        NumberFormat.Float64 or NumberFormat.Int64 => 8,
        NumberFormat.Float32 or NumberFormat.Int32 or NumberFormat.UInt32 => 4,
        NumberFormat.Float16 or NumberFormat.BFloat16 or NumberFormat.Int16 => 2,
        _ => 1,
    };

    /// <summary>Decodes as many numbers as the bytes hold.</summary>
    internal static void Decode(this NumberFormat format, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (format == NumberFormat.Float32 && BitConverter.IsLittleEndian)
        {
            bytes[..(4 * values.Length)].CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        int size = format.Size();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = DecodeOne(format, bytes.Slice(i * size, size));
        }
    }

    private static float DecodeOne(NumberFormat format, ReadOnlySpan<byte> bytes) => format switch
    {
        NumberFormat.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        NumberFormat.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        NumberFormat.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        // The upper half of a float.
        NumberFormat.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        NumberFormat.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        NumberFormat.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        NumberFormat.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        NumberFormat.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        NumberFormat.Int8 => (sbyte)bytes[0],
        NumberFormat.Bool => bytes[0] == 0 ? 0 : 1,
        _ => bytes[0],
    };
}
