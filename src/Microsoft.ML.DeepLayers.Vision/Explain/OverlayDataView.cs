using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>Data with a column of pictures. Nothing is computed before one is read.</summary>
internal sealed class OverlayDataView(IHostEnvironment environment, IDataView input, OverlaySchema schema) : IDataView
{
    public DataViewSchema Schema => schema.Output;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = schema.Activate(columnsNeeded);
        return new Cursor(environment, input.GetRowCursor(schema.GetDependencies(active), rand), schema, active);
    }

    /// <summary>One cursor, whatever <paramref name="n"/>: computing uses all cores by itself.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(IHostEnvironment environment, DataViewRowCursor row, OverlaySchema schema, bool[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema.Output;

        public override long Position => row.Position;

        public override long Batch => row.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => row.GetIdGetter();

        public override bool MoveNext()
        {
            HostEnvironments.ThrowIfCanceled(environment);
            return row.MoveNext();
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => schema.CreateGetter<TValue>(row, column, active);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                row.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
