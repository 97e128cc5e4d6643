namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>The rows that a batched cursor has read ahead and scored, and which of them is the current one.</summary>
internal sealed class LookAheadRows : ScoreSource, ICurrentRow
{
    private ScoringBuffer? buffer;
    private int first;
    private int count;
    private int index = -1;

    /// <summary>The current row's place among all that are kept.</summary>
    public int Index => index >= 0 ? first + index : throw NoRow();

    internal override ReadOnlySpan<float> Current(int output) => index >= 0 ? buffer!.Scores(output, index) : throw NoRow();

    /// <summary>Goes on to the batch's next row, if there is one.</summary>
    internal bool MoveNext()
    {
        if (index + 1 >= count)
        {
            End();
            return false;
        }

        index++;
        return true;
    }

    /// <summary>Begins with the rows of a batch.</summary>
    internal void Begin(ScoringBatch batch) => (buffer, first, count, index) = (batch.Buffer, batch.First, batch.Count, -1);

    /// <summary>There is no row any more.</summary>
    internal void End() => (count, index) = (0, -1);
}
