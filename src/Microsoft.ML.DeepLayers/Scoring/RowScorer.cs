using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Scores one row at a time, when it is asked and once however many columns are asked. Each user has one of its own.
/// </summary>
internal sealed class RowScorer : ScoreSource
{
    private readonly IHostEnvironment environment;
    private readonly DataViewRow row;
    private readonly NetworkScorer scorer;
    private readonly InputReader reader;
    private readonly ScoringBuffer buffer;
    private long scoredPosition = -1;

    internal RowScorer(IHostEnvironment environment, DataViewRow row, ScoredSchema schema, bool[] active, NetworkScorer scorer)
    {
        this.environment = environment;
        this.row = row;
        this.scorer = scorer;
        reader = new InputReader(row, schema);
        buffer = scorer.CreateBuffer(capacity: 1, schema.NeededOutputs(active));
    }

    internal override ReadOnlySpan<float> Current(int output)
    {
        long position = row.Position;
        if (position < 0)
        {
            throw NoRow();
        }

        if (position != scoredPosition)
        {
            Score(position);
        }

        return buffer.Scores(output, 0);
    }

    internal void Free() => buffer.Dispose();

    private void Score(long position)
    {
        // Should anything fail, the next question is not answered from half a row.
        scoredPosition = -1;
        HostEnvironments.ThrowIfCanceled(environment);
        reader.Read(buffer, 0, position);
        scorer.Run(buffer, 1);
        scoredPosition = position;
    }
}
