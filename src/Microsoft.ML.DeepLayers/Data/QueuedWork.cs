namespace Microsoft.ML.DeepLayers.Data;

/// <summary>A piece of work for a <see cref="WorkQueue"/>. It may be used again once it is done.</summary>
internal abstract class QueuedWork
{
    private bool isDone;

    /// <summary>What went wrong with it, if anything did.</summary>
    internal Exception? Error { get; private set; }

    /// <summary>Whether it has been done, or has failed.</summary>
    internal bool IsDone => Volatile.Read(ref isDone);

    /// <summary>Does it. Whatever goes wrong is for who waits for it.</summary>
    internal void Run()
    {
        try
        {
            Execute();
        }
        catch (Exception exception)
        {
            Error = exception;
        }

        Volatile.Write(ref isDone, true);
    }

    /// <summary>It is to be done anew.</summary>
    internal void Reset()
    {
        Error = null;
        Volatile.Write(ref isDone, false);
    }

    /// <summary>What there is to do.</summary>
    protected abstract void Execute();
}
