using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// Paths and labels in memory, as data that can be shuffled: the images of a folder come class after class, and what is
/// streamed should not be learned in that order.
/// </summary>
internal sealed class ImageList : IDataView
{
    private readonly IReadOnlyList<LabeledImage> images;

    internal ImageList(IReadOnlyList<LabeledImage> images, string pathColumn, string labelColumn)
    {
        this.images = images;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(pathColumn, TextDataViewType.Instance);
        builder.AddColumn(labelColumn, TextDataViewType.Instance);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => images.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        int[]? order = null;
        if (rand is not null)
        {
            order = [.. Enumerable.Range(0, images.Count)];
            rand.Shuffle(order);
        }

        return new Cursor(this, order, [.. columnsNeeded.Select(column => column.Index)]);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(ImageList list, int[]? order, HashSet<int> active) : DataViewRowCursor
    {
        private int position = -1;
        private bool ended;

        public override DataViewSchema Schema => list.Schema;

        public override long Position => position;

        public override long Batch => 0;

        private int Index => position < 0 ? throw new InvalidOperationException("The cursor stands on no row: call MoveNext first.")
            : order is null ? position : order[position];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Index, 0);

        public override bool MoveNext()
        {
            ended |= position + 1 == list.images.Count;
            position = ended ? -1 : position + 1;
            return !ended;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<ReadOnlyMemory<char>>? getter = !active.Contains(column.Index) ? null
                : column.Index == 0 ? (ref ReadOnlyMemory<char> value) => value = list.images[Index].ImagePath.AsMemory()
                : (ref ReadOnlyMemory<char> value) => value = list.images[Index].Label.AsMemory();
            return PixelsSchema.CheckGetter<TValue>(getter, column);
        }
    }
}
