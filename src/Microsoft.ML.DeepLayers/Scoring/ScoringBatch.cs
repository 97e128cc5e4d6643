using System.Runtime.ExceptionServices;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>Rows that are read, then scored, then given out, all at once.</summary>
/// <param name="buffer">Room for their inputs and scores.</param>
/// <param name="first">Where among all that a cursor has read ahead its rows begin.</param>
internal sealed class ScoringBatch(ScoringBuffer buffer, int first)
{
    private Exception? error;
    private bool isDone;

    internal ScoringBuffer Buffer => buffer;

    internal int First => first;

    /// <summary>The number of rows.</summary>
    internal int Count { get; set; }

    /// <summary>What is kept of its rows besides inputs and scores, in bytes.</summary>
    internal long KeptBytes { get; set; }

    /// <summary>Whether the network has run on it, or failed.</summary>
    internal bool IsDone => Volatile.Read(ref isDone);

    /// <summary>Empties it, to be filled with other rows.</summary>
    internal void Clear()
    {
        (Count, KeptBytes, error) = (0, 0, null);
        Volatile.Write(ref isDone, false);
    }

    /// <summary>Has the network run on it. Whatever goes wrong is for who asks for the scores.</summary>
    internal void Score(NetworkScorer scorer)
    {
        try
        {
            scorer.Run(buffer, Count);
        }
        catch (Exception exception)
        {
            error = exception;
        }

        Volatile.Write(ref isDone, true);
    }

    /// <summary>Says, once it is done, what went wrong.</summary>
    internal void ThrowIfFailed()
    {
        if (error is not null)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }
}
