using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// The rows of several cursors that share a view's rows, each read by a thread of its own, ahead as far as their memory
/// allows, and put together in the order of the data: for rows that cost a lot, as images do that are decoded when a cursor
/// asks for them.
/// </summary>
internal sealed class ParallelRows : RowSource
{
    /// <summary>The values of a row from which on reading it may cost more than passing it between threads.</summary>
    private const int WideRow = 1024;

    /// <summary>ML.NET deals rows out in batches of 128; only who may keep as many can go on while another is at the batch before.</summary>
    private const int RowsAhead = 128;

    private const int RowsInChunk = 4;

    /// <summary>All threads together keep no more than this; as many read as that is enough for.</summary>
    private const long BytesAhead = 1L << 29;

    private readonly string dataName;
    private readonly Lane[] lanes;
    private Lane? lane;
    private int next;
    private long number = -1;

    private ParallelRows(IEnumerable<CursorRows> cursors, ExampleLayout layout, string dataName)
    {
        this.dataName = dataName;
        lanes = [.. cursors.Select(cursor => new Lane(cursor, layout))];
        foreach (Lane reading in lanes)
        {
            reading.Start();
        }
    }

    internal override ReadOnlySpan<float> Row => lane!.Head!.Rows[next];

    internal override long Number => number;

    internal override ulong Group => lane!.Head!.Groups[next];

    /// <summary>Opens a view: with several cursors where its rows are wide and it can be read so.</summary>
    /// <param name="data">The view.</param>
    /// <param name="columns">The columns that are needed.</param>
    /// <param name="layout">How they stand in a row.</param>
    /// <param name="shuffle">The source of the view's own order, if it has one.</param>
    /// <param name="dataName">What messages call the data.</param>
    /// <param name="groupColumn">The column that groups the rows, if any.</param>
    /// <param name="threads">How many threads may read.</param>
    internal static RowSource Open(
        IDataView data, IReadOnlyList<DataViewSchema.Column> columns, ExampleLayout layout, Random? shuffle, string dataName, string? groupColumn, int threads)
    {
        long bytesAhead = (long)layout.Width * sizeof(float) * RowsAhead;
        int count = layout.ValueCount < WideRow ? 1 : (int)Math.Min(threads, BytesAhead / bytesAhead);
        if (count > 1)
        {
            DataViewRowCursor[] cursors = data.GetRowCursorSet(columns, count, shuffle);
            IEnumerable<CursorRows> rows = [.. cursors.Select(cursor => new CursorRows(cursor, layout, groupColumn))];
            return cursors.Length == 1 ? rows.First() : new ParallelRows(rows, layout, dataName);
        }

        return new CursorRows(data.GetRowCursor(columns, shuffle), layout, groupColumn);
    }

    /// <exception cref="InvalidOperationException">A row could not be read; the message names it.</exception>
    internal override bool MoveNext()
    {
        next++;
        while (lane?.Head is not { } head || next >= head.Rows.Count)
        {
            if (lane?.Head?.Error is { } error)
            {
                throw Describe(error);
            }

            if (!MoveToNextChunk())
            {
                return false;
            }
        }

        number++;
        return true;
    }

    public override void Dispose()
    {
        foreach (Lane reading in lanes)
        {
            reading.Stop();
        }

        // Cursors of one set may wait for one another: all threads end before any is disposed.
        foreach (Lane reading in lanes)
        {
            reading.Join();
        }

        foreach (Lane reading in lanes)
        {
            reading.Dispose();
        }
    }

    /// <summary>Goes on with the chunk that comes first in the data; <see langword="false"/> at the end.</summary>
    private bool MoveToNextChunk()
    {
        lane?.Advance();
        lane = null;
        next = 0;
        foreach (Lane other in lanes)
        {
            if (other.Head is { } head && (lane is null || head.Batch < lane.Head!.Batch))
            {
                lane = other;
            }
        }

        return lane is not null;
    }

    private Exception Describe(Exception error) => error is OperationCanceledException ? error
        : new InvalidOperationException($"Row {number + 1} of the {dataName} cannot be read: {error.Message}", error);

    /// <summary>Some rows of one cursor, behind one another in the data.</summary>
    private sealed class Chunk(ExampleLayout layout)
    {
        internal RowStore Rows { get; } = RowStore.Create(layout, RowsInChunk);

        internal List<ulong> Groups { get; } = [];

        /// <summary>Their batch: all of its rows are in one cursor, and batches are in the order of the data.</summary>
        internal long Batch { get; private set; }

        /// <summary>What came instead of the next row.</summary>
        internal Exception? Error { get; set; }

        internal void Begin(long batch)
        {
            Rows.Clear();
            Groups.Clear();
            Batch = batch;
            Error = null;
        }
    }

    /// <summary>One cursor and the thread that reads it.</summary>
    private sealed class Lane(CursorRows cursor, ExampleLayout layout) : IDisposable
    {
        private readonly Ring<Chunk> ring = new([.. Enumerable.Range(0, RowsAhead / RowsInChunk).Select(_ => new Chunk(layout))]);
        private Task reading = Task.CompletedTask;
        private bool isTaken;
        private Chunk? head;

        /// <summary>The chunk that comes next, as soon as it has been read; <see langword="null"/> at the end.</summary>
        internal Chunk? Head
        {
            get
            {
                if (!isTaken)
                {
                    isTaken = true;
                    head = ring.Take();
                }

                return head;
            }
        }

        internal void Start() => reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        internal void Advance() => isTaken = false;

        internal void Stop() => ring.Stop();

        internal void Join()
        {
            using NativeWork.Waiting waiting = NativeWork.Wait();
            Task.WaitAny([reading], CancellationToken.None);
        }

        public void Dispose() => cursor.Dispose();

        private void Read()
        {
            Exception? error = null;
            bool isMore = MoveNext(ref error);
            while (isMore && ring.NextFree() is { } chunk)
            {
                chunk.Begin(cursor.Batch);
                do
                {
                    ReadRow(chunk);
                    isMore = chunk.Error is null && !ring.IsStopped && MoveNext(ref error);
                }
                while (isMore && chunk.Rows.Count < RowsInChunk && cursor.Batch == chunk.Batch);
                ring.Add();
            }

            // Where the view itself fails, nobody knows which row it would have been: it comes after all others.
            if (error is not null && ring.NextFree() is { } last)
            {
                last.Begin(long.MaxValue);
                last.Error = error;
                ring.Add();
            }

            ring.Complete();
        }

        private bool MoveNext(ref Exception? error)
        {
            try
            {
                return cursor.MoveWithoutReading();
            }
            catch (Exception exception)
            {
                error = exception;
                return false;
            }
        }

        private void ReadRow(Chunk chunk)
        {
            try
            {
                cursor.Read();
                chunk.Groups.Add(cursor.Group);
                chunk.Rows.Add(cursor.Row);
            }
            catch (Exception exception)
            {
                chunk.Error = exception;
            }
        }
    }
}
