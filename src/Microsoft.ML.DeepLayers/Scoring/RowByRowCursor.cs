using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// A cursor that stands where its input stands: where none of our columns is wanted, and where rows cannot be looked
/// ahead. Our columns, if any, are scored when one is read.
/// </summary>
internal sealed class RowByRowCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor input;
    private readonly ScoredSchema schema;
    private readonly bool[] active;
    private readonly RowScorer? scorer;
    private readonly Delegate?[] getters;

    /// <param name="input">The cursor over the data to score.</param>
    /// <param name="schema">The schema before and after.</param>
    /// <param name="active">The columns that are wanted.</param>
    /// <param name="scorer">What scores the rows; <see langword="null"/> where none of our columns is wanted.</param>
    internal RowByRowCursor(DataViewRowCursor input, ScoredSchema schema, bool[] active, RowScorer? scorer)
    {
        this.input = input;
        this.schema = schema;
        this.active = active;
        this.scorer = scorer;
        getters = schema.CreateScoreGetters(active, scorer);
    }

    public override DataViewSchema Schema => schema.Output;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool MoveNext() => input.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= schema.Input.Count)
        {
            return ScoredSchema.CheckGetter<TValue>(getters[column.Index - schema.Input.Count], column);
        }

        // The input may have more columns active than were asked of us: those that the network reads.
        return active[column.Index]
            ? input.GetGetter<TValue>(schema.Input[column.Index])
            : ScoredSchema.CheckGetter<TValue>(null, column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            scorer?.Free();
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
