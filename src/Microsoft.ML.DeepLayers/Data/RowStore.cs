namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Examples in memory, each a row of floats.</summary>
internal abstract class RowStore
{
    /// <summary>Large enough to be rare, small enough not to waste much of a small data set's memory: 4 MB.</summary>
    private protected const int BlockFloats = 1 << 20;

    /// <summary>The number of rows.</summary>
    internal int Count { get; private protected set; }

    /// <summary>The bytes taken.</summary>
    internal long Bytes { get; private protected set; }

    /// <summary>A row.</summary>
    internal abstract Span<float> this[int row] { get; }

    /// <summary>Makes the store that fits a layout.</summary>
    /// <param name="layout">The layout of the rows.</param>
    /// <param name="capacity">The number of rows that it will hold at most.</param>
    internal static RowStore Create(ExampleLayout layout, int capacity = int.MaxValue) =>
        layout.HasSequences ? new SequenceRowStore() : new FixedRowStore(layout.Width, capacity);

    /// <summary>Adds a row.</summary>
    internal abstract void Add(ReadOnlySpan<float> row);

    /// <summary>Puts another row in the place of one.</summary>
    internal abstract void Set(int index, ReadOnlySpan<float> row);

    /// <summary>Takes the last row away.</summary>
    internal abstract void RemoveLast();

    /// <summary>Forgets the rows; their memory stays for others.</summary>
    internal abstract void Clear();

    /// <summary>Adds rows to a batch.</summary>
    /// <param name="rows">The rows, and those that will come after them.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="batch">The batch.</param>
    internal virtual void AddTo(Batch batch, ReadOnlySpan<int> rows, int count)
    {
        foreach (int row in rows[..count])
        {
            batch.Add(this[row]);
        }
    }

    /// <summary>Says that a row will be asked for soon.</summary>
    internal virtual void Prefetch(int row)
    {
    }
}
