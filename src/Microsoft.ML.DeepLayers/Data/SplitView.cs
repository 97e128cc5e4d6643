using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Some rows of a view, told by their ids, which stay the same in whatever order they come.</summary>
/// <param name="input">The view.</param>
/// <param name="rows">Ids of rows.</param>
/// <param name="keeps">Whether those rows are the ones that stay, or those that go.</param>
/// <param name="count">How many stay.</param>
internal sealed class SplitView(IDataView input, HashSet<DataViewRowId> rows, bool keeps, long count) : IDataView
{
    public DataViewSchema Schema => input.Schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(input.GetRowCursor(columnsNeeded, rand), rows, keeps);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. input.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(cursor, rows, keeps))];

    private sealed class Cursor(DataViewRowCursor input, HashSet<DataViewRowId> rows, bool keeps) : DataViewRowCursor
    {
        private readonly ValueGetter<DataViewRowId> readId = input.GetIdGetter();
        private long position = -1;

        public override DataViewSchema Schema => input.Schema;

        public override long Position => position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            DataViewRowId id = default;
            while (input.MoveNext())
            {
                readId(ref id);
                if (rows.Contains(id) == keeps)
                {
                    position++;
                    return true;
                }
            }

            position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
