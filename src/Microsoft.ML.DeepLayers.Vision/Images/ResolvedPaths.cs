using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Data whose relative paths, in one of its columns, are made to start from a folder. Its schema stays the same.</summary>
/// <param name="input">The data.</param>
/// <param name="column">Its column of paths.</param>
/// <param name="folder">The folder.</param>
internal sealed class ResolvedPaths(IDataView input, DataViewSchema.Column column, string folder) : IDataView
{
    public DataViewSchema Schema => input.Schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(input.GetRowCursor(columnsNeeded, rand), column, folder);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [.. input.GetRowCursorSet(columnsNeeded, n, rand).Select(cursor => new Cursor(cursor, column, folder))];

    private sealed class Cursor(DataViewRowCursor input, DataViewSchema.Column paths, string folder) : DataViewRowCursor
    {
        public override DataViewSchema Schema => input.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext() => input.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> getter = input.GetGetter<TValue>(column);
            if (column.Index != paths.Index || getter is not ValueGetter<ReadOnlyMemory<char>> text)
            {
                return getter;
            }

            return (ValueGetter<TValue>)(object)(ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) =>
            {
                text(ref value);
                value = value.IsEmpty ? value : Path.Combine(folder, value.ToString()).AsMemory();
            });
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
