using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Data;

/// <summary>A view whose rows come in batches that are dealt out to as many cursors as are asked for, as ML.NET does.</summary>
internal sealed class DealtView(TestView rows, int batchRows) : IDataView
{
    private int cursors;

    /// <summary>How many cursors were asked for last.</summary>
    internal int Cursors => cursors;

    /// <summary>Called with the number of each row before its values can be read.</summary>
    internal Action<long>? BeforeRead { get; set; }

    public bool CanShuffle => false;

    public DataViewSchema Schema => rows.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Dealt(this, rows.GetRowCursor(columnsNeeded), 0, 1);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        cursors = n;
        return [.. Enumerable.Range(0, n).Select(place => new Dealt(this, rows.GetRowCursor(columnsNeeded), place, n))];
    }

    private sealed class Dealt(DealtView view, DataViewRowCursor inner, int place, int of) : DataViewRowCursor
    {
        private long position = -1;

        /// <summary>That of this cursor alone, as in ML.NET.</summary>
        public override long Position => position;

        public override long Batch => inner.Position / view.BatchRows;

        public override DataViewSchema Schema => inner.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => inner.IsColumnActive(column);

        public override bool MoveNext()
        {
            while (inner.MoveNext())
            {
                if (Batch % of == place)
                {
                    position++;
                    return true;
                }
            }

            return false;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> getter = inner.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                view.BeforeRead?.Invoke(inner.Position);
                getter(ref value);
            };
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private int BatchRows => batchRows;
}
