namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Batches on their way through the network, several at a time. Threads of the pool take them in order while there are any,
/// and so does whoever waits for one: nobody holds a thread for nothing, and where the pool has none free, the waiting one
/// does all the work.
/// </summary>
/// <remarks>
/// Small networks gain little from several threads in one run: two threads are 1.4 times as fast as one on a network of
/// 6,000 weights, and the thread that reads rows stands still meanwhile. Two runs at a time are twice as fast as one.
/// </remarks>
/// <param name="scorer">The network.</param>
/// <param name="maxHelpers">The most threads of the pool that score at a time.</param>
internal sealed class ScoringQueue(NetworkScorer scorer, int maxHelpers) : IThreadPoolWorkItem
{
    private readonly object gate = new();
    private readonly Queue<ScoringBatch> waiting = new();
    private int helpers;
    private int running;

    /// <summary>Adds a batch that has been filled.</summary>
    internal void Add(ScoringBatch batch)
    {
        bool needsHelper;
        lock (gate)
        {
            waiting.Enqueue(batch);
            needsHelper = helpers < maxHelpers;
            helpers += needsHelper ? 1 : 0;
        }

        if (needsHelper)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Returns when a batch is done; until then, scores those that wait.</summary>
    internal void Finish(ScoringBatch batch)
    {
        while (!batch.IsDone)
        {
            if (Take() is { } next)
            {
                next.Score(scorer);
            }
            else
            {
                Wait(batch);
            }
        }

        batch.ThrowIfFailed();
    }

    /// <summary>Forgets the batches that wait, and returns when no thread of the pool works on one any more. One that comes later finds none.</summary>
    internal void Stop()
    {
        lock (gate)
        {
            waiting.Clear();
            while (running > 0)
            {
                Monitor.Wait(gate);
            }
        }
    }

    /// <summary>What a thread of the pool does.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        while (TakeOrLeave() is { } batch)
        {
            batch.Score(scorer);
            lock (gate)
            {
                running--;
                Monitor.PulseAll(gate);
            }
        }
    }

    private ScoringBatch? Take()
    {
        lock (gate)
        {
            return waiting.TryDequeue(out ScoringBatch? batch) ? batch : null;
        }
    }

    private ScoringBatch? TakeOrLeave()
    {
        lock (gate)
        {
            if (waiting.TryDequeue(out ScoringBatch? batch))
            {
                running++;
                return batch;
            }

            helpers--;
            return null;
        }
    }

    // Some batches take less time than it takes to wake a thread.
    private void Wait(ScoringBatch batch)
    {
        var spin = default(SpinWait);
        while (!batch.IsDone && !spin.NextSpinWillYield)
        {
            spin.SpinOnce();
        }

        lock (gate)
        {
            while (!batch.IsDone)
            {
                Monitor.Wait(gate);
            }
        }
    }
}
