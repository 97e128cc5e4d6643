using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Work that one thread adds and waits for in order, and that several do. Threads of the pool take it while there is any, and
/// so does the one that waits: nobody holds a thread for nothing, and where the pool has none free, the waiting one does all.
/// </summary>
/// <param name="maxHelpers">The most threads of the pool.</param>
/// <param name="maxThreads">The waiting thread works only while fewer do.</param>
internal sealed class WorkQueue(int maxHelpers, int maxThreads) : IThreadPoolWorkItem
{
    private readonly object gate = new();
    private readonly Queue<QueuedWork> waiting = new();
    private int helpers;
    private int running;

    /// <summary>Adds work, which must not be touched before <see cref="Finish"/> has returned for it.</summary>
    internal void Add(QueuedWork work)
    {
        bool needsHelper;
        lock (gate)
        {
            waiting.Enqueue(work);
            needsHelper = helpers < maxHelpers;
            helpers += needsHelper ? 1 : 0;
        }

        if (needsHelper)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Returns when that work is done or has failed; until then, does what waits.</summary>
    internal void Finish(QueuedWork work)
    {
        while (!work.IsDone)
        {
            if (Take() is { } next)
            {
                next.Run();
                Done();
            }
            else
            {
                Wait(work);
            }
        }
    }

    /// <summary>Forgets what waits, and returns when nobody works any more. A thread of the pool that comes later finds nothing.</summary>
    internal void Stop()
    {
        using NativeWork.Waiting pausable = NativeWork.Wait();
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
        while (TakeOrLeave() is { } work)
        {
            work.Run();
            Done();
        }
    }

    private QueuedWork? Take()
    {
        lock (gate)
        {
            return running < maxThreads ? TakeNext() : null;
        }
    }

    private QueuedWork? TakeOrLeave()
    {
        lock (gate)
        {
            QueuedWork? work = TakeNext();
            helpers -= work is null ? 1 : 0;
            return work;
        }
    }

    private QueuedWork? TakeNext()
    {
        if (!waiting.TryDequeue(out QueuedWork? work))
        {
            return null;
        }

        running++;
        return work;
    }

    private void Done()
    {
        lock (gate)
        {
            running--;
            Monitor.PulseAll(gate);
        }
    }

    // Some work takes less time than it takes to wake a thread.
    private void Wait(QueuedWork work)
    {
        var spin = default(SpinWait);
        while (!work.IsDone && !spin.NextSpinWillYield)
        {
            spin.SpinOnce();
        }

        using NativeWork.Waiting pausable = NativeWork.Wait();
        lock (gate)
        {
            while (!work.IsDone)
            {
                Monitor.Wait(gate);
            }
        }
    }
}
