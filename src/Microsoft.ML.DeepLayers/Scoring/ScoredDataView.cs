using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Data with the columns that a network adds. Nothing is computed before a cursor runs over it.</summary>
internal sealed class ScoredDataView : IDataView
{
    private readonly IHostEnvironment environment;
    private readonly IDataView input;
    private readonly ScoredSchema schema;
    private readonly NetworkScorer scorer;
    private readonly int maxBatchSize;

    internal ScoredDataView(IHostEnvironment environment, IDataView input, ScoredSchema schema, NetworkScorer scorer, int maxBatchSize)
    {
        this.environment = environment;
        this.input = input;
        this.schema = schema;
        this.scorer = scorer;
        this.maxBatchSize = maxBatchSize;
    }

    public DataViewSchema Schema => schema.Output;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        bool[] active = schema.Activate(columnsNeeded);
        DataViewRowCursor cursor = input.GetRowCursor(schema.GetDependencies(active), rand);
        try
        {
            return Score(cursor, active);
        }
        catch
        {
            cursor.Dispose();
            throw;
        }
    }

    /// <summary>One cursor, whatever <paramref name="n"/>: ONNX Runtime uses all cores by itself.</summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private DataViewRowCursor Score(DataViewRowCursor cursor, bool[] active)
    {
        if (!schema.NeedsScores(active))
        {
            return new RowByRowCursor(cursor, schema, active, scorer: null);
        }

        BatchSizes sizes = ChooseBatchSizes(active);
        return sizes.Largest == 1
            ? new RowByRowCursor(cursor, schema, active, new RowScorer(environment, cursor, schema, active, scorer))
            : new BatchedCursor(environment, cursor, schema, active, scorer, sizes);
    }

    private BatchSizes ChooseBatchSizes(bool[] active)
    {
        foreach (DataViewSchema.Column column in schema.Input)
        {
            if (active[column.Index] && !LookAheadColumn.CanKeep(column.Type))
            {
                return BatchSizes.UpTo(1);
            }
        }

        return BatchSizes.UpTo(Math.Min(maxBatchSize, BatchSizes.Best(schema, scorer.Cost)));
    }
}
