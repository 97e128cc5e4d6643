namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Examples in contiguous memory, in blocks so that growing never copies.</summary>
internal sealed class RowStore(int width, int capacity = int.MaxValue)
{
    /// <summary>Large enough to be rare, small enough not to waste much of a small data set's memory: 4 MB.</summary>
    private const int BlockFloats = 1 << 20;

    private readonly int rowsPerBlock = Math.Clamp(BlockFloats / width, 1, capacity);
    private readonly List<float[]> blocks = [];

    internal int Count { get; private set; }

    /// <summary>The bytes taken by the blocks.</summary>
    internal long Bytes { get; private set; }

    internal Span<float> this[int row] => blocks[row / rowsPerBlock].AsSpan(row % rowsPerBlock * width, width);

    internal void Add(ReadOnlySpan<float> row)
    {
        if (Count == blocks.Count * rowsPerBlock)
        {
            long floats = (long)Math.Min(rowsPerBlock, capacity - Count) * width;
            blocks.Add(new float[floats]);
            Bytes += floats * sizeof(float);
        }

        Count++;
        row.CopyTo(this[Count - 1]);
    }
}
