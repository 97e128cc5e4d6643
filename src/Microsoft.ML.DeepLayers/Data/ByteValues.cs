using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Bytes as the floats that networks compute with.</summary>
internal static class ByteValues
{
    /// <summary>Writes each byte as a float, 0 to 255.</summary>
    /// <param name="values">The bytes.</param>
    /// <param name="destination">As long as they are.</param>
    internal static void Widen(ReadOnlySpan<byte> values, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, values.Length);
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            ref byte source = ref MemoryMarshal.GetReference(values);
            ref float target = ref MemoryMarshal.GetReference(destination);
            for (; i <= values.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.LoadUnsafe(ref source, (nuint)i));
                Store(low, ref Unsafe.Add(ref target, i));
                Store(high, ref Unsafe.Add(ref target, i + Vector128<ushort>.Count));
            }
        }

        for (; i < values.Length; i++)
        {
            destination[i] = values[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<ushort> values, ref float target)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(values);
        Vector128.ConvertToSingle(low.AsInt32()).StoreUnsafe(ref target);
        Vector128.ConvertToSingle(high.AsInt32()).StoreUnsafe(ref target, (nuint)Vector128<float>.Count);
    }
}
