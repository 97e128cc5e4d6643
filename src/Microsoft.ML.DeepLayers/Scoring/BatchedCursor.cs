using System.Runtime.ExceptionServices;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// A cursor that reads batches of rows ahead and has the network score each at once; of a small network several at a time,
/// while the rows of the next are read.
/// </summary>
/// <remarks>
/// The input then stands on a later row than this cursor, so what passes through is kept: values, ids and batch numbers.
/// A second cursor over the input would look simpler and is wrong: PermutationFeatureImportance's permuted view changes
/// shared state whenever any cursor over it moves, so each row must be visited once, in order.
/// </remarks>
internal sealed class BatchedCursor : DataViewRowCursor
{
    /// <summary>A batch ends early when what passes through takes more: raw files may be large, and of any length.</summary>
    private const long KeepBytes = 16 << 20;

    /// <summary>No further batch is begun while those on their way take more.</summary>
    private const long AheadBytes = 64 << 20;

    private readonly IHostEnvironment environment;
    private readonly DataViewRowCursor input;
    private readonly ScoredSchema schema;
    private readonly NetworkScorer scorer;
    private readonly WorkQueue queue;
    private readonly InputReader reader;
    private readonly BatchSizes sizes;
    private readonly bool[] neededOutputs;
    private readonly LookAheadRows rows;
    private readonly PassThrough passThrough;
    private readonly Delegate?[] scoreGetters;
    private readonly bool[] active;
    private ScoringBatch[] batches = [];
    private int oldest;
    private int ahead;
    private long position = -1;
    private long readRows;
    private bool inputEnded;
    private Exception? inputError;
    private bool wasFull;

    internal BatchedCursor(
        IHostEnvironment environment, DataViewRowCursor input, ScoredSchema schema, bool[] active, NetworkScorer scorer, BatchSizes sizes)
    {
        this.environment = environment;
        this.input = input;
        this.schema = schema;
        this.active = active;
        this.scorer = scorer;
        // This thread scores, too, when it has nothing else to do.
        queue = new WorkQueue(scorer.Parallelism - 1, scorer.Parallelism);
        reader = new InputReader(input, schema);
        this.sizes = sizes;
        neededOutputs = schema.NeededOutputs(active);
        rows = new LookAheadRows();
        passThrough = new PassThrough(input, active, rows);
        scoreGetters = schema.CreateScoreGetters(active, rows);
        MakeRoom(BatchSizes.First);
    }

    public override DataViewSchema Schema => schema.Output;

    public override long Position => position;

    public override long Batch => position < 0 ? 0 : passThrough.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => passThrough.IdGetter;

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int added = column.Index - schema.Input.Count;
        return ScoredSchema.CheckGetter<TValue>(added < 0 ? passThrough.Getter(column.Index) : scoreGetters[added], column);
    }

    public override bool MoveNext()
    {
        if (rows.MoveNext() || (NextBatch() && rows.MoveNext()))
        {
            position++;
            return true;
        }

        position = -1;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rows.End();
            (inputEnded, ahead) = (true, 0);
            queue.Stop();
            FreeRoom();
            passThrough.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool NextBatch()
    {
        HostEnvironments.ThrowIfCanceled(environment);
        ReadAhead();
        if (ahead == 0)
        {
            if (inputError is not null)
            {
                ExceptionDispatchInfo.Throw(inputError);
            }

            return false;
        }

        ScoringBatch batch = batches[oldest];
        queue.Finish(batch);
        if (batch.Error is not null)
        {
            ExceptionDispatchInfo.Throw(batch.Error);
        }

        oldest = (oldest + 1) % batches.Length;
        ahead--;
        rows.Begin(batch);
        return true;
    }

    /// <summary>Two batches at most for each that is given out, so that the first rows need not wait for many others.</summary>
    private void ReadAhead()
    {
        Grow();
        for (int i = 0; i < 2 && !inputEnded && ahead < batches.Length && BytesAhead() < AheadBytes; i++)
        {
            ScoringBatch batch = batches[(oldest + ahead) % batches.Length];
            Fill(batch);
            if (batch.Count > 0)
            {
                ahead++;
                queue.Add(batch);
            }
        }
    }

    private long BytesAhead()
    {
        long bytes = 0;
        for (int i = 0; i < ahead; i++)
        {
            bytes += batches[(oldest + i) % batches.Length].KeptBytes;
        }

        return bytes;
    }

    /// <summary>Reads rows until a batch is full. An error waits until the rows before it have been given out.</summary>
    private void Fill(ScoringBatch batch)
    {
        batch.Clear();
        int count = 0;
        long bytes = 0;
        try
        {
            while (count < batch.Buffer.Capacity && bytes < KeepBytes && !inputEnded)
            {
                if (input.MoveNext())
                {
                    bytes += Keep(batch, count);
                    count++;
                }
                else
                {
                    inputEnded = true;
                }
            }
        }
        catch (Exception exception)
        {
            inputError = exception;
            inputEnded = true;
        }

        (batch.Count, batch.KeptBytes) = (count, bytes);
        readRows += count;
        wasFull = count == batch.Buffer.Capacity;
    }

    private long Keep(ScoringBatch batch, int row)
    {
        reader.Read(batch.Buffer, row, readRows + row);
        return passThrough.Keep(batch.First + row);
    }

    /// <summary>After a batch that was full, the next one may be larger. Once they are as large as they get, there are several.</summary>
    private void Grow()
    {
        if (inputEnded || !wasFull)
        {
            return;
        }

        int capacity = batches[0].Buffer.Capacity;
        int next = sizes.After(capacity);
        if (next > capacity)
        {
            FreeRoom();
            MakeRoom(next);
        }
    }

    private void MakeRoom(int capacity)
    {
        bool isParallel = scorer.Parallelism > 1;
        var first = new ScoringBatch(scorer, scorer.CreateBuffer(capacity, neededOutputs, isParallel), 0);
        // One for each thread that scores, and one each to be filled and to be given out.
        int count = isParallel && capacity == sizes.Largest
            ? (int)Math.Clamp(AheadBytes / Math.Max(1, first.Buffer.Bytes), 1, scorer.Parallelism + 2)
            : 1;
        batches = new ScoringBatch[count];
        batches[0] = first;
        for (int i = 1; i < count; i++)
        {
            batches[i] = new ScoringBatch(scorer, scorer.CreateBuffer(capacity, neededOutputs, isParallel), i * capacity);
        }

        oldest = 0;
        passThrough.MakeRoom(checked(count * capacity));
    }

    private void FreeRoom()
    {
        foreach (ScoringBatch batch in batches)
        {
            batch.Buffer.Dispose();
        }

        batches = [];
    }
}
