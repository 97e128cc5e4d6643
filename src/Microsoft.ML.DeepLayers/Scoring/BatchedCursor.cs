using System.Buffers;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// A cursor that reads a batch of rows ahead and has the network score them at once.
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

    private readonly IHostEnvironment environment;
    private readonly DataViewRowCursor input;
    private readonly ScoredSchema schema;
    private readonly NetworkScorer scorer;
    private readonly InputReader reader;
    private readonly BatchSizes sizes;
    private readonly bool[] neededOutputs;
    private readonly LookAheadRows rows;
    private readonly LookAheadColumn?[] columns;
    private readonly LookAheadColumn[] kept;
    private readonly Delegate?[] scoreGetters;
    private readonly ValueGetter<DataViewRowId> readId;
    private readonly bool[] active;
    private ScoringBuffer buffer;
    private DataViewRowId[] ids = [];
    private long[] batches = [];
    private long position = -1;
    private bool inputEnded;
    private int lastCount;

    internal BatchedCursor(
        IHostEnvironment environment, DataViewRowCursor input, ScoredSchema schema, bool[] active, NetworkScorer scorer, BatchSizes sizes)
    {
        this.environment = environment;
        this.input = input;
        this.schema = schema;
        this.active = active;
        this.scorer = scorer;
        reader = new InputReader(input, schema);
        this.sizes = sizes;
        neededOutputs = schema.NeededOutputs(active);
        rows = new LookAheadRows();
        columns = [.. schema.Input.Select(column => active[column.Index] ? LookAheadColumn.Create(input, column, rows) : null)];
        kept = [.. columns.OfType<LookAheadColumn>()];
        scoreGetters = schema.CreateScoreGetters(active, rows);
        readId = input.GetIdGetter();
        buffer = MakeRoom(BatchSizes.First);
    }

    public override DataViewSchema Schema => schema.Output;

    public override long Position => position;

    public override long Batch => position < 0 ? 0 : batches[rows.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = ids[rows.Index];

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int added = column.Index - schema.Input.Count;
        return ScoredSchema.CheckGetter<TValue>(added < 0 ? columns[column.Index]?.Getter : scoreGetters[added], column);
    }

    public override bool MoveNext()
    {
        if (rows.MoveNext() || (ReadAhead() && rows.MoveNext()))
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
            FreeRoom();
            input.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool ReadAhead()
    {
        HostEnvironments.ThrowIfCanceled(environment);
        Grow();
        int count = 0;
        long bytes = 0;
        while (count < buffer.Capacity && bytes < KeepBytes && !inputEnded)
        {
            if (input.MoveNext())
            {
                bytes += Keep(count++);
            }
            else
            {
                inputEnded = true;
            }
        }

        if (count == 0)
        {
            return false;
        }

        scorer.Run(buffer, count);
        lastCount = count;
        rows.Begin(buffer, count);
        return true;
    }

    /// <summary>After a batch that was full, the next one may be larger.</summary>
    private void Grow()
    {
        int next = sizes.After(buffer.Capacity);
        if (lastCount == buffer.Capacity && next > buffer.Capacity && !inputEnded)
        {
            FreeRoom();
            buffer = MakeRoom(next);
        }
    }

    private ScoringBuffer MakeRoom(int capacity)
    {
        ids = ArrayPool<DataViewRowId>.Shared.Rent(capacity);
        batches = ArrayPool<long>.Shared.Rent(capacity);
        foreach (LookAheadColumn column in kept)
        {
            column.Grow(capacity);
        }

        return scorer.CreateBuffer(capacity, neededOutputs);
    }

    private void FreeRoom()
    {
        buffer.Dispose();
        ArrayPool<DataViewRowId>.Shared.Return(ids);
        ArrayPool<long>.Shared.Return(batches);
        (ids, batches) = ([], []);
    }

    private long Keep(int row)
    {
        reader.Read(buffer, row, position + 1 + row);
        readId(ref ids[row]);
        batches[row] = input.Batch;
        long bytes = 0;
        foreach (LookAheadColumn column in kept)
        {
            bytes += column.Keep(row);
        }

        return bytes;
    }
}
