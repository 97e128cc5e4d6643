namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Examples read from the data anew in each epoch, for data sets beyond the memory budget. Shuffling keeps a bounded
/// buffer of rows: each example is drawn at random from it and replaced by the next one read.
/// </summary>
/// <param name="data">The data.</param>
/// <param name="layout">The columns.</param>
/// <param name="missingValues">What happens to rows with missing values.</param>
/// <param name="bufferBytes">How large the buffer may be.</param>
/// <param name="split">Makes, for each pass, what says which rows are read; without it, all are.</param>
/// <param name="dataName">What messages call the data.</param>
/// <param name="groupColumn">The column that groups the rows, if the split asks for groups.</param>
internal sealed class StreamedExamples(
    IDataView data, ExampleLayout layout, MissingValues missingValues, long bufferBytes, Func<RowFilter>? split = null,
    string dataName = "training data", string? groupColumn = null)
    : ExampleSource(layout)
{
    private long skippedRows;

    internal override long? Count => null;

    internal override long SkippedRows => Interlocked.Read(ref skippedRows);

    /// <summary>The largest number of bytes that a shuffle buffer has held.</summary>
    internal long PeakBufferBytes { get; private set; }

    /// <summary>How many rows fit the buffer; of sequences any number, as long as their bytes do.</summary>
    private int BufferRows => (int)Math.Clamp(bufferBytes / (Layout.Width * sizeof(float)), 1, int.MaxValue / 2);

    private long BufferBytes => bufferBytes;

    internal override IBatchFiller BeginEpoch(Random? shuffle)
    {
        // Where rows are kept apart by their number, they must come in the same order each time.
        var reader = new ExampleReader(data, Layout, missingValues, split is null ? shuffle : null, dataName, groupColumn);
        RowFilter? keep = split?.Invoke();
        return shuffle is null ? new InOrder(this, reader, keep) : new Shuffled(this, reader, keep, shuffle);
    }

    private class InOrder(StreamedExamples owner, ExampleReader reader, RowFilter? keep) : IBatchFiller
    {
        private long row = -1;

        protected StreamedExamples Owner => owner;

        protected ReadOnlySpan<float> Current => reader.Row;

        public virtual bool Fill(Batch batch)
        {
            batch.Clear();
            while (!batch.IsFull && Next())
            {
                batch.Add(Current);
            }

            return batch.Count > 0;
        }

        public void Dispose()
        {
            Interlocked.Exchange(ref owner.skippedRows, Math.Max(owner.SkippedRows, reader.SkippedRows));
            reader.Dispose();
        }

        protected bool Next()
        {
            while (reader.MoveNext())
            {
                row++;
                if (keep is null || keep(row, reader.Row, reader.Group))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed class Shuffled(StreamedExamples owner, ExampleReader reader, RowFilter? keep, Random random) : InOrder(owner, reader, keep)
    {
        private readonly RowStore buffer = RowStore.Create(owner.Layout, owner.BufferRows);
        private bool exhausted;

        public override bool Fill(Batch batch)
        {
            FillBuffer();
            batch.Clear();
            while (!batch.IsFull && buffer.Count > 0)
            {
                int drawn = random.Next(buffer.Count);
                batch.Add(buffer[drawn]);
                Replace(drawn);
            }

            return batch.Count > 0;
        }

        private void FillBuffer()
        {
            while (!exhausted && HasRoom)
            {
                if (Next())
                {
                    buffer.Add(Current);
                    Owner.PeakBufferBytes = Math.Max(Owner.PeakBufferBytes, buffer.Bytes);
                }
                else
                {
                    exhausted = true;
                }
            }
        }

        /// <summary>Puts the next row into the drawn one's place or, at the end of the data, the last of the buffer.</summary>
        private void Replace(int drawn)
        {
            // Longer sequences in the places of shorter ones may have filled the buffer beyond its size.
            if (!exhausted && buffer.Bytes <= Owner.BufferBytes)
            {
                if (Next())
                {
                    buffer.Set(drawn, Current);
                    return;
                }

                exhausted = true;
            }

            if (drawn < buffer.Count - 1)
            {
                buffer.Set(drawn, buffer[buffer.Count - 1]);
            }

            buffer.RemoveLast();
        }

        private bool HasRoom => buffer.Count == 0
            || (Owner.Layout.HasSequences ? buffer.Bytes < Owner.BufferBytes : buffer.Count < Owner.BufferRows);
    }
}
