using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Rows of one width in contiguous memory, in blocks so that growing never copies. Larger stores take several blocks at a time.</summary>
internal sealed class FixedRowStore : RowStore
{
    /// <summary>How many rows ahead the processor is told of: rows in random order are not in its caches.</summary>
    private const int RowsAhead = 8;

    private const int CacheLine = 64;

    /// <summary>The processor sees itself that a row goes on.</summary>
    private const int MostPrefetchedBytes = 4 * CacheLine;

    /// <summary>32 MB: large pages cover nearly all of an array, and little is wasted of the last one.</summary>
    private const int MostFloatsInArray = 8 << 20;

    private readonly int width;
    private readonly int capacity;
    // Blocks of a power of two rows, so that finding a row takes no division.
    private readonly int shift;
    private readonly int mask;
    private Block[] blocks = [];
    private int blockCount;

    internal FixedRowStore(int width, int capacity = int.MaxValue)
    {
        this.width = width;
        this.capacity = capacity;
        shift = BitOperations.Log2((uint)Math.Max(1, BlockFloats / width));
        mask = (1 << shift) - 1;
    }

    internal override Span<float> this[int row] => blocks[row >> shift].Row(row & mask, width);

    internal override void Add(ReadOnlySpan<float> row)
    {
        if (Count >> shift == blockCount)
        {
            AddBlocks();
        }

        row.CopyTo(this[Count]);
        Count++;
    }

    internal override void Set(int index, ReadOnlySpan<float> row) => row.CopyTo(this[index]);

    internal override void RemoveLast() => Count--;

    internal override void Clear() => Count = 0;

    internal override void AddTo(Batch batch, ReadOnlySpan<int> rows, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i + RowsAhead < rows.Length)
            {
                Prefetch(rows[i + RowsAhead]);
            }

            batch.Add(this[rows[i]]);
        }
    }

    internal override unsafe void Prefetch(int row)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        // The address is a hint alone; that the garbage collector may move the block does no harm.
        ref readonly Block block = ref blocks[row >> shift];
        ref float first = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(block.Memory), block.Start + ((row & mask) * width));
        byte* address = (byte*)Unsafe.AsPointer(ref first);
        int bytes = Math.Min(width * sizeof(float), MostPrefetchedBytes);
        for (int offset = 0; offset < bytes; offset += CacheLine)
        {
            Sse.Prefetch0(address + offset);
        }

        Sse.Prefetch0(address + bytes - 1);
    }

    private void AddBlocks()
    {
        int size = mask + 1;
        int wanted = Math.Clamp(blockCount, 1, Math.Max(1, MostFloatsInArray / (size * width)));
        int rows = Math.Min(wanted * size, capacity - Count);
        // Rows are written before they are read.
        float[] memory = GC.AllocateUninitializedArray<float>(checked(rows * width));
        if (blockCount > 0)
        {
            // A small store does not fill one.
            LargePages.Ask(memory);
        }

        int added = (rows + size - 1) / size;
        if (blockCount + added > blocks.Length)
        {
            Array.Resize(ref blocks, Math.Max(4, 2 * (blockCount + added)));
        }

        for (int i = 0; i < added; i++)
        {
            blocks[blockCount++] = new Block(memory, i * size * width);
        }

        Bytes += memory.LongLength * sizeof(float);
    }

    /// <summary>Some rows of an array.</summary>
    private readonly struct Block(float[] memory, int start)
    {
        internal readonly float[] Memory = memory;
        internal readonly int Start = start;

        internal Span<float> Row(int row, int width) => Memory.AsSpan(Start + (row * width), width);
    }
}
