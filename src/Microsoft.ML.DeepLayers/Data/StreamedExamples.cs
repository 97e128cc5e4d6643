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
    private FixedRowStore? spare;

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

    /// <summary>The buffer of the epoch before, or a new one: making one anew each time would cost more than reading does.</summary>
    private RowStore TakeBuffer() => Interlocked.Exchange(ref spare, null) ?? RowStore.Create(Layout, BufferRows);

    private void GiveBack(RowStore buffer)
    {
        if (buffer is FixedRowStore store)
        {
            store.Clear();
            spare = store;
        }
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

        public virtual void Dispose()
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

    private sealed class Shuffled : InOrder
    {
        /// <summary>How many draws are made ahead: the buffer is larger than the processor's caches, which are told of them.</summary>
        private const int DrawsAhead = 16;

        private readonly RowStore buffer;
        private readonly int[] draws = new int[DrawsAhead];
        private ulong state;
        private int drawnFrom;
        private int next;
        private bool exhausted;

        internal Shuffled(StreamedExamples owner, ExampleReader reader, RowFilter? keep, Random random)
            : base(owner, reader, keep)
        {
            buffer = owner.TakeBuffer();
            state = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }

        public override bool Fill(Batch batch)
        {
            FillBuffer();
            batch.Clear();
            while (!batch.IsFull && buffer.Count > 0)
            {
                int drawn = Draw();
                batch.Add(buffer[drawn]);
                Replace(drawn);
            }

            return batch.Count > 0;
        }

        public override void Dispose()
        {
            base.Dispose();
            Owner.GiveBack(buffer);
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

        /// <summary>Any row of the buffer, each with the same chance.</summary>
        private int Draw()
        {
            if (exhausted)
            {
                return DrawFrom(buffer.Count);
            }

            if (drawnFrom != buffer.Count)
            {
                drawnFrom = buffer.Count;
                for (int i = 0; i < DrawsAhead; i++)
                {
                    DrawAhead(i);
                }
            }

            int drawn = draws[next];
            DrawAhead(next);
            next = (next + 1) % DrawsAhead;
            return drawn;
        }

        private void DrawAhead(int place)
        {
            draws[place] = DrawFrom(drawnFrom);
            buffer.Prefetch(draws[place]);
        }

        /// <summary>SplitMix64 (Steele et al. 2014) and the high half of a product, whose bias is below 2^-32.</summary>
        private int DrawFrom(int count)
        {
            state = unchecked(state + 0x9E3779B97F4A7C15);
            return (int)Math.BigMul(GroupReader.Mix(state), (ulong)count, out _);
        }

        private bool HasRoom => buffer.Count == 0
            || (Owner.Layout.HasSequences ? buffer.Bytes < Owner.BufferBytes : buffer.Count < Owner.BufferRows);
    }
}
