namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// Images that wait to be decoded, and the threads that do it, in the order in which they were added. Threads are the
/// pool's and are taken only while something waits, so that a cursor that nobody reads holds none.
/// </summary>
/// <param name="schema">What is decoded.</param>
/// <param name="workers">How many threads at most.</param>
internal sealed class DecodingQueue(PixelsSchema schema, int workers) : IDisposable
{
    private readonly object gate = new();
    private readonly Queue<ImageSlot> waiting = new();
    private readonly HashSet<ImageSlot> unfinished = [];
    private readonly Stack<PixelLoader> idleLoaders = new();
    private int running;
    private bool isStopped;

    /// <summary>Adds an image. Its slot must not be touched before <see cref="Wait"/> has returned.</summary>
    internal void Add(ImageSlot slot)
    {
        bool startsThread;
        lock (gate)
        {
            waiting.Enqueue(slot);
            unfinished.Add(slot);
            startsThread = running < workers;
            running += startsThread ? 1 : 0;
        }

        if (startsThread)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Work(), this, preferLocal: false);
        }
    }

    /// <summary>Waits until an image has been decoded, which must be the one that has waited longest.</summary>
    internal void Wait(ImageSlot slot)
    {
        PixelLoader loader;
        lock (gate)
        {
            if (!waiting.TryPeek(out ImageSlot? next) || next != slot)
            {
                while (unfinished.Contains(slot))
                {
                    Monitor.Wait(gate);
                }

                return;
            }

            // No thread has come yet; in a busy pool that may take long.
            waiting.Dequeue();
            loader = TakeLoader();
        }

        loader.Load(slot);
        Finish(slot, loader);
    }

    /// <summary>Ends when no thread decodes any more.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isStopped = true;
            waiting.Clear();
            while (running > 0)
            {
                Monitor.Wait(gate);
            }

            while (idleLoaders.TryPop(out PixelLoader? loader))
            {
                loader.Dispose();
            }
        }
    }

    private void Work()
    {
        while (Next() is var (slot, loader) && slot is not null)
        {
            loader.Load(slot);
            Finish(slot, loader);
        }
    }

    private (ImageSlot? Slot, PixelLoader Loader) Next()
    {
        lock (gate)
        {
            if (!isStopped && waiting.TryDequeue(out ImageSlot? slot))
            {
                return (slot, TakeLoader());
            }

            running--;
            Monitor.PulseAll(gate);
            return default;
        }
    }

    private PixelLoader TakeLoader() => idleLoaders.TryPop(out PixelLoader? loader) ? loader : new PixelLoader(schema);

    private void Finish(ImageSlot slot, PixelLoader loader)
    {
        lock (gate)
        {
            unfinished.Remove(slot);
            idleLoaders.Push(loader);
            Monitor.PulseAll(gate);
        }
    }
}
