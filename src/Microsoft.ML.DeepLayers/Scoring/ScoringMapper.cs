using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Scores single rows, for PredictionEngine. Each row that it makes has buffers of its own.</summary>
internal sealed class ScoringMapper(IHostEnvironment environment, ScoredSchema schema, NetworkScorer scorer) : IRowToRowMapper
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
        if (!ReferenceEquals(input.Schema, schema.Input))
        {
            throw new ArgumentException("The row must have the very schema that the mapper was made for.", nameof(input));
        }

        bool[] active = schema.Activate(activeColumns);
        RowScorer? row = schema.NeedsScores(active) ? new RowScorer(environment, input, schema, active, scorer) : null;
        return new ScoredRow(input, schema, active, row);
    }
}
