using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>A view that counts what is done with it, and can show a column of objects that are no ML.NET primitives.</summary>
internal sealed class ObservedDataView(IDataView inner, bool withObjects = false) : IDataView
{
    internal const string ObjectColumn = "Object";

    internal int Cursors { get; private set; }

    internal int OpenCursors { get; private set; }

    internal int Moves { get; private set; }

    internal List<string> LastColumns { get; private set; } = [];

    public bool CanShuffle => inner.CanShuffle;

    public DataViewSchema Schema { get; } = MakeSchema(inner.Schema, withObjects);

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Cursors++;
        OpenCursors++;
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        LastColumns = [.. needed.Select(column => column.Name)];
        return new Cursor(this, inner.GetRowCursor(inner.Schema.Where(column => needed.Any(other => other.Index == column.Index)), rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static DataViewSchema MakeSchema(DataViewSchema schema, bool withObjects)
    {
        if (!withObjects)
        {
            return schema;
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(schema);
        builder.AddColumn(ObjectColumn, new ObjectType());
        return builder.ToSchema();
    }

    /// <summary>An object with an owner, as an image is: the getter disposes the one that it is handed.</summary>
    internal sealed class Owned(long row) : IDisposable
    {
        internal long Row => row;

        internal bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class ObjectType() : StructuredDataViewType(typeof(Owned))
    {
        public override bool Equals(DataViewType? other) => other is ObjectType;

        public override bool Equals(object? obj) => Equals(obj as DataViewType);

        public override int GetHashCode() => 1;
    }

    private sealed class Cursor(ObservedDataView view, DataViewRowCursor cursor) : DataViewRowCursor
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => cursor.Position;

        // Something to tell rows apart by.
        public override long Batch => cursor.Position / 3;

        public override ValueGetter<DataViewRowId> GetIdGetter() => cursor.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => column.Name == ObjectColumn || cursor.IsColumnActive(column);

        public override bool MoveNext()
        {
            view.Moves++;
            return cursor.MoveNext();
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => column.Name != ObjectColumn
            ? cursor.GetGetter<TValue>(column)
            : (ValueGetter<TValue>)(object)(ValueGetter<Owned>)((ref Owned value) =>
            {
                value?.Dispose();
                value = new Owned(cursor.Position);
            });

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                view.OpenCursors--;
                cursor.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
