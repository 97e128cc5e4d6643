using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Floats that stay where they are, at an address that is a multiple of 64, as libtorch's own memory is. Over memory that
/// lies elsewhere its matrix products may differ in the last bit, and the same seed would not always give the same weights.
/// </summary>
internal sealed class AlignedBuffer
{
    /// <summary>What addresses are multiples of, in bytes.</summary>
    internal const int Alignment = 64;

    /// <param name="length">The number of floats.</param>
    internal AlignedBuffer(int length)
    {
        Length = length;
        Memory = GC.AllocateUninitializedArray<float>(checked(length + (Alignment / sizeof(float))), pinned: true);
        nint beyond = Marshal.UnsafeAddrOfPinnedArrayElement(Memory, 0) % Alignment;
        Start = (int)((Alignment - beyond) % Alignment / sizeof(float));
    }

    /// <summary>The array that the floats are in.</summary>
    internal float[] Memory { get; }

    /// <summary>Where in it they begin.</summary>
    internal int Start { get; }

    /// <summary>The number of floats.</summary>
    internal int Length { get; }

    /// <summary>The floats.</summary>
    internal Span<float> Span => Memory.AsSpan(Start, Length);
}
