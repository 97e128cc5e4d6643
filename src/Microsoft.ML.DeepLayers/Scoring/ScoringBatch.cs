using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Rows that are read, then scored, then given out, all at once.</summary>
/// <param name="scorer">The network.</param>
/// <param name="buffer">Room for their inputs and scores.</param>
/// <param name="first">Where among all that a cursor has read ahead its rows begin.</param>
internal sealed class ScoringBatch(NetworkScorer scorer, ScoringBuffer buffer, int first) : QueuedWork
{
    internal ScoringBuffer Buffer => buffer;

    internal int First => first;

    /// <summary>The number of rows.</summary>
    internal int Count { get; set; }

    /// <summary>What is kept of its rows besides inputs and scores, in bytes.</summary>
    internal long KeptBytes { get; set; }

    /// <summary>Empties it, to be filled with other rows.</summary>
    internal void Clear()
    {
        (Count, KeptBytes) = (0, 0);
        Reset();
    }

    /// <summary>Has the network run on it.</summary>
    protected override void Execute() => scorer.Run(buffer, Count);
}
