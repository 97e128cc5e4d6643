namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Rows of one width in contiguous memory, in blocks so that growing never copies.</summary>
internal sealed class FixedRowStore(int width, int capacity = int.MaxValue) : RowStore
{
    private readonly int rowsPerBlock = Math.Clamp(BlockFloats / width, 1, capacity);
    private readonly List<float[]> blocks = [];

    internal override Span<float> this[int row] => blocks[row / rowsPerBlock].AsSpan(row % rowsPerBlock * width, width);

    internal override void Add(ReadOnlySpan<float> row)
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

    internal override void Set(int index, ReadOnlySpan<float> row) => row.CopyTo(this[index]);

    internal override void RemoveLast() => Count--;
}
