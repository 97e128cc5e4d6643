using System.Buffers;
using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>What a cursor that reads ahead keeps of its input's rows: the active columns' values, ids and batch numbers.</summary>
internal sealed class PassThrough : IDisposable
{
    private readonly DataViewRowCursor input;
    private readonly ICurrentRow rows;
    private readonly LookAheadColumn?[] columns;
    private readonly LookAheadColumn[] kept;
    private readonly ValueGetter<DataViewRowId> readId;
    private DataViewRowId[] ids = [];
    private long[] batches = [];

    /// <param name="input">The cursor that is read ahead.</param>
    /// <param name="active">Its columns that are wanted; there may be others behind them.</param>
    /// <param name="rows">Which row is the current one.</param>
    internal PassThrough(DataViewRowCursor input, bool[] active, ICurrentRow rows)
    {
        this.input = input;
        this.rows = rows;
        columns = [.. input.Schema.Select(column => active[column.Index] ? LookAheadColumn.Create(input, column, rows) : null)];
        kept = [.. columns.OfType<LookAheadColumn>()];
        readId = input.GetIdGetter();
        IdGetter = (ref DataViewRowId value) => value = ids[this.rows.Index];
    }

    /// <summary>Reads the current row's id.</summary>
    internal ValueGetter<DataViewRowId> IdGetter { get; }

    /// <summary>The current row's batch number.</summary>
    internal long Batch => batches[rows.Index];

    /// <summary>What reads the current row's value of one of the input's columns, or nothing if that is not wanted.</summary>
    internal Delegate? Getter(int column) => columns[column]?.Getter;

    /// <summary>The id of a row that is kept.</summary>
    internal DataViewRowId Id(int index) => ids[index];

    /// <summary>Makes room for that number of rows. What was kept is lost.</summary>
    internal void MakeRoom(int capacity)
    {
        Dispose();
        ids = ArrayPool<DataViewRowId>.Shared.Rent(capacity);
        batches = ArrayPool<long>.Shared.Rent(capacity);
        foreach (LookAheadColumn column in kept)
        {
            column.Grow(capacity);
        }
    }

    /// <summary>Keeps the row that the input stands on, and says how many bytes its values take.</summary>
    internal long Keep(int index)
    {
        readId(ref ids[index]);
        batches[index] = input.Batch;
        long bytes = 0;
        foreach (LookAheadColumn column in kept)
        {
            bytes += column.Keep(index);
        }

        return bytes;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        ArrayPool<DataViewRowId>.Shared.Return(ids);
        ArrayPool<long>.Shared.Return(batches);
        (ids, batches) = ([], []);
    }
}
