namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>The rows that a batched cursor has read ahead and scored, and which of them is the current one.</summary>
internal sealed class LookAheadRows : ScoreSource, ICurrentRow
{
    private ScoringBuffer? buffer;
    private int index = -1;

    /// <summary>The number of rows that have been read.</summary>
    internal int Count { get; private set; }

    /// <summary>The current row.</summary>
    public int Index => index >= 0 ? index : throw NoRow();

    internal override ReadOnlySpan<float> Current(int output) => (buffer ?? throw NoRow()).Scores(output, Index);

    /// <summary>Goes on to the next row, if there is one that has been read.</summary>
    internal bool MoveNext()
    {
        if (index + 1 >= Count)
        {
            End();
            return false;
        }

        index++;
        return true;
    }

    /// <summary>Begins with new rows.</summary>
    /// <param name="scored">Where their scores are.</param>
    /// <param name="count">How many they are.</param>
    internal void Begin(ScoringBuffer scored, int count) => (buffer, Count, index) = (scored, count, -1);

    /// <summary>There is no row any more.</summary>
    internal void End() => (Count, index) = (0, -1);
}
