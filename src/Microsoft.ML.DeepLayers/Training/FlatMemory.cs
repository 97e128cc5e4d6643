using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// The memory of a flat tensor of 32-bit numbers on the CPU, for loops of our own: one that does all of an optimizer's
/// arithmetic passes over memory once, where libtorch's operations, each a call of its own, do so a dozen times.
/// </summary>
internal sealed unsafe class FlatMemory
{
    /// <summary>Below this, handing parts to other threads costs more than it gives.</summary>
    private const long LeastToShare = 1 << 16;

    private readonly float* start;

    private FlatMemory(float* start, long length)
    {
        this.start = start;
        Length = length;
    }

    /// <summary>The number of values.</summary>
    internal long Length { get; }

    /// <summary>The memory of a tensor that lives at least as long and never moves; <see langword="null"/> where it is not the CPU's, or not of 32-bit numbers.</summary>
    internal static FlatMemory? Of(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || tensor.dtype != ScalarType.Float32 || !tensor.is_contiguous() || tensor.numel() == 0)
        {
            return null;
        }

        fixed (byte* bytes = tensor.bytes)
        {
            // Native memory: nothing moves it when the statement ends.
            return new FlatMemory((float*)bytes, tensor.numel());
        }
    }

    /// <summary>A part of the memory.</summary>
    internal FlatMemory Slice(long offset, long length) => new(start + offset, length);

    /// <summary>A part of the values.</summary>
    internal Span<float> Part(long offset, int count) => new(start + offset, count);

    /// <summary>Sets all values to 0.</summary>
    internal void Clear() => ForParts(Length, (offset, count) => Part(offset, count).Clear());

    /// <summary>Goes through a number of values in parts, on several threads where that pays.</summary>
    /// <param name="length">The number of values.</param>
    /// <param name="work">Is given where a part begins and how long it is. What it makes of a value must not depend on the part.</param>
    internal static void ForParts(long length, Action<long, int> work)
    {
        long parts = Math.Max(length < LeastToShare ? 1 : Environment.ProcessorCount, (length + int.MaxValue - 1) / int.MaxValue);
        if (parts == 1)
        {
            work(0, (int)length);
            return;
        }

        // A multiple of a cache line, so that no two threads write into one.
        long size = ((length / parts) + 64) & ~63L;
        Parallel.For(0, (int)((length + size - 1) / size), part => work(part * size, (int)Math.Min(size, length - (part * size))));
    }
}
