using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>A row of a PredictionEngine, with our columns behind its own. It is scored when one of ours is read.</summary>
internal sealed class ScoredRow : DataViewRow
{
    private readonly DataViewRow input;
    private readonly ScoredSchema schema;
    private readonly bool[] active;
    private readonly RowScorer? scorer;
    private readonly Delegate?[] getters;

    /// <param name="input">The row to score.</param>
    /// <param name="schema">The schema before and after.</param>
    /// <param name="active">The columns that are wanted.</param>
    /// <param name="scorer">What scores the row; <see langword="null"/> where none of our columns is wanted.</param>
    internal ScoredRow(DataViewRow input, ScoredSchema schema, bool[] active, RowScorer? scorer)
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

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        column.Index < schema.Input.Count ? input.IsColumnActive(schema.Input[column.Index]) : active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        column.Index < schema.Input.Count
            ? input.GetGetter<TValue>(schema.Input[column.Index])
            : ScoredSchema.CheckGetter<TValue>(getters[column.Index - schema.Input.Count], column);

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
