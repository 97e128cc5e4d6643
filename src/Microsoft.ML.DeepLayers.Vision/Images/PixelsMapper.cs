using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Images;

/// <summary>Loads the images of single rows, for PredictionEngine. Each row that it makes has memory of its own.</summary>
internal sealed class PixelsMapper(PixelsSchema schema) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        bool[] active = schema.Activate(dependingColumns);
        return schema.GetDependencies(active, schema.NeedsPixels(active));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (!ReferenceEquals(input.Schema, schema.Input))
        {
            throw new ArgumentException("The row must have the very schema that the mapper was made for.", nameof(input));
        }

        bool[] active = schema.Activate(activeColumns);
        return new PixelsRow(input, schema, active, schema.NeedsPixels(active) ? new RowPixels(input, schema) : null);
    }

    /// <summary>A row with its pixels behind its own columns.</summary>
    private sealed class PixelsRow(DataViewRow input, PixelsSchema schema, bool[] active, RowPixels? pixels) : DataViewRow
    {
        public override DataViewSchema Schema => schema.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            column.Index < schema.Input.Count ? input.IsColumnActive(schema.Input[column.Index]) : active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            column.Index < schema.Input.Count
                ? input.GetGetter<TValue>(schema.Input[column.Index])
                : PixelsSchema.CheckGetter<TValue>(pixels?.Getter, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                pixels?.Dispose();
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
