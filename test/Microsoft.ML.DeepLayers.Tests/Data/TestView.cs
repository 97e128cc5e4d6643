using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>
/// Data whose rows are computed, without allocating, when they are asked for. It counts what is done with it, and can
/// fail or wait at any row.
/// </summary>
internal sealed class TestView(long rows) : IDataView
{
    private readonly List<(string Name, DataViewType Type, Delegate Getter)> columns = [];
    private DataViewSchema? schema;
    private int opened;
    private int closed;
    private long read;

    /// <summary>Writes the value of a row.</summary>
    internal delegate void RowGetter<T>(long row, ref T value);

    public bool CanShuffle { get; init; }

    public DataViewSchema Schema => schema ??= BuildSchema();

    /// <summary>Called with the number of each row before it can be read; it may throw or wait.</summary>
    internal Action<long>? BeforeRow { get; set; }

    internal int OpenedCursors => Volatile.Read(ref opened);

    internal int OpenCursors => Volatile.Read(ref opened) - Volatile.Read(ref closed);

    /// <summary>The rows that all cursors together have stood on.</summary>
    internal long RowsRead => Volatile.Read(ref read);

    /// <summary>The names of the columns that the last cursor was opened for.</summary>
    internal IReadOnlyList<string> ActiveColumns { get; private set; } = [];

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ActiveColumns = [.. columnsNeeded.Select(column => column.Name)];
        Interlocked.Increment(ref opened);
        long[]? order = null;
        if (rand is not null && CanShuffle)
        {
            order = [.. Enumerable.Range(0, (int)rows).Select(row => (long)row)];
            rand.Shuffle(order);
        }

        return new Cursor(this, order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    internal TestView With<T>(string name, DataViewType type, RowGetter<T> getter)
    {
        columns.Add((name, type, getter));
        return this;
    }

    /// <summary>A column of a number a row.</summary>
    internal TestView WithNumber(string name, Func<long, float> value) =>
        With(name, NumberDataViewType.Single, (long row, ref float result) => result = value(row));

    /// <summary>A column of a vector of known size.</summary>
    internal TestView WithVector(string name, int size, Func<long, int, float> value) => With(
        name,
        new VectorDataViewType(NumberDataViewType.Single, size),
        (long row, ref VBuffer<float> result) =>
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref result, size);
            for (int slot = 0; slot < size; slot++)
            {
                editor.Values[slot] = value(row, slot);
            }

            result = editor.Commit();
        });

    private DataViewSchema BuildSchema()
    {
        var builder = new DataViewSchema.Builder();
        foreach ((string name, DataViewType type, _) in columns)
        {
            builder.AddColumn(name, type);
        }

        return builder.ToSchema();
    }

    private sealed class Cursor(TestView view, long[]? order) : DataViewRowCursor
    {
        private long position = -1;
        private bool disposed;

        public override long Position => position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => view.ActiveColumns.Contains(column.Name);

        public override bool MoveNext()
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (position + 1 >= view.RowCount)
            {
                return false;
            }

            position++;
            view.BeforeRow?.Invoke(position);
            Interlocked.Increment(ref view.read);
            return true;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Assert.IsTrue(IsColumnActive(column), column.Name);
            var getter = (RowGetter<TValue>)view.columns[column.Index].Getter;
            return (ref TValue value) => getter(order is null ? position : order[position], ref value);
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId value) => value = new DataViewRowId((ulong)(order is null ? position : order[position]), 0);

        protected override void Dispose(bool disposing)
        {
            if (!disposed)
            {
                disposed = true;
                Interlocked.Increment(ref view.closed);
            }

            base.Dispose(disposing);
        }
    }

    private long RowCount => rows;
}
