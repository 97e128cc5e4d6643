using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// Rows of features, 30 unless said otherwise, and a label that cost little: each is copied out of a table that, where they are few, stays in the processor's cache.
/// What reads them shows its own cost.
/// </summary>
internal sealed class TableView : IDataView
{
    internal const int Width = 30;

    private const int MaxTableRows = 1024;
    private const int MaxTableValues = 1 << 22;

    private readonly long rows;
    private readonly int width;
    private readonly int tableRows;
    private readonly float[] table;

    internal TableView(long rows, int width = Width)
    {
        this.rows = rows;
        this.width = width;
        tableRows = Math.Clamp(MaxTableValues / width, 1, MaxTableRows);
        table = new float[tableRows * width];
        var random = new Random(1);
        foreach (ref float value in table.AsSpan())
        {
            value = random.NextSingle();
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, width));
        builder.AddColumn("Label", NumberDataViewType.Single);
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(TableView view) : DataViewRowCursor
    {
        private long position = -1;

        public override long Position => position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => ++position < view.rows;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => column.Index == 0
            ? (ValueGetter<TValue>)(Delegate)(ValueGetter<VBuffer<float>>)Features
            : (ValueGetter<TValue>)(Delegate)(ValueGetter<float>)Label;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)position, 0);

        private void Features(ref VBuffer<float> value)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, view.width);
            view.table.AsSpan((int)(position % view.tableRows) * view.width, view.width).CopyTo(editor.Values);
            value = editor.Commit();
        }

        private void Label(ref float value) => value = position & 1;
    }
}
