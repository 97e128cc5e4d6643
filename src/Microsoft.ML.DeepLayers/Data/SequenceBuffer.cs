namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Sequences of different lengths, one a row, laid out as <c>[rows, longest, step]</c> with NaN where a row has ended: by
/// that the network knows which steps count. The memory is pinned and kept from batch to batch.
/// </summary>
/// <param name="stepSize">The number of values of one step.</param>
internal sealed class SequenceBuffer(int stepSize)
{
    private float[] values = new float[256];
    private int[] ends = new int[16];

    /// <summary>The number of rows.</summary>
    internal int Count { get; private set; }

    /// <summary>The number of steps of the longest row, at least 1; valid after <see cref="Pad"/>.</summary>
    internal int Steps { get; private set; }

    /// <summary>The rows with their padding; valid after <see cref="Pad"/>, up to the number of values that the rows have then.</summary>
    internal float[] Padded { get; private set; } = [];

    /// <summary>Forgets the rows.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Adds a row.</summary>
    /// <param name="row">Its values, whole steps.</param>
    internal void Add(ReadOnlySpan<float> row)
    {
        int start = Count == 0 ? 0 : ends[Count - 1];
        int end = checked(start + row.Length);
        if (end > values.Length)
        {
            Array.Resize(ref values, Math.Max(end, 2 * values.Length));
        }

        if (Count == ends.Length)
        {
            Array.Resize(ref ends, 2 * Count);
        }

        row.CopyTo(values.AsSpan(start));
        ends[Count++] = end;
    }

    /// <summary>Lays the rows out.</summary>
    internal void Pad()
    {
        Steps = 1;
        for (int i = 0; i < Count; i++)
        {
            Steps = Math.Max(Steps, Length(i) / stepSize);
        }

        int width = Steps * stepSize;
        int size = checked(Count * width);
        if (Padded.Length < size)
        {
            Padded = GC.AllocateUninitializedArray<float>(Math.Max(size, 2 * Padded.Length), pinned: true);
        }

        for (int i = 0; i < Count; i++)
        {
            Span<float> row = Padded.AsSpan(i * width, width);
            int length = Length(i);
            values.AsSpan(ends[i] - length, length).CopyTo(row);
            row[length..].Fill(float.NaN);
        }
    }

    private int Length(int row) => ends[row] - (row == 0 ? 0 : ends[row - 1]);
}
