using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>Adds pictures to single rows, for PredictionEngine.</summary>
internal sealed class OverlayMapper(OverlaySchema schema) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        return schema.GetDependencies(schema.Activate(dependingColumns));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        return ReferenceEquals(input.Schema, schema.Input)
            ? new Row(input, schema, schema.Activate(activeColumns))
            : throw new ArgumentException("The row must have the very schema that the mapper was made for.", nameof(input));
    }

    private sealed class Row(DataViewRow input, OverlaySchema schema, bool[] active) : DataViewRow
    {
        public override DataViewSchema Schema => schema.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            column.Index < schema.Input.Count ? input.IsColumnActive(schema.Input[column.Index]) : active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => column.Index < schema.Input.Count
            ? input.GetGetter<TValue>(schema.Input[column.Index])
            : schema.CreateGetter<TValue>(input, column, active);

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
