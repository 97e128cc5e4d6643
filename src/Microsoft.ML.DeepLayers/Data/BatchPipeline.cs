using System.Collections.Concurrent;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Fills batches on another thread while this one trains. A few batches go round, so memory is bounded and nothing is
/// allocated a batch; the batch handed out last is filled again only after the next one has been asked for.
/// </summary>
internal sealed class BatchPipeline(ExampleLayout layout, int batchSize)
{
    internal const int BatchesInFlight = 3;

    private readonly Batch[] batches = [.. Enumerable.Range(0, BatchesInFlight).Select(_ => new Batch(layout, batchSize))];

    /// <summary>The batches that go round; whoever wraps their memory can do so once.</summary>
    internal IReadOnlyList<Batch> Batches => batches;

    /// <summary>Reads one epoch. Errors of the reading thread come out here.</summary>
    internal IEnumerable<Batch> Read(IBatchFiller filler, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var free = new BlockingCollection<Batch>(new ConcurrentQueue<Batch>(batches));
        using var ready = new BlockingCollection<Batch>();
        var producer = Task.Run(() => Produce(filler, free, ready, stop.Token), CancellationToken.None);
        try
        {
            foreach (Batch batch in ready.GetConsumingEnumerable(cancellation))
            {
                yield return batch;
                free.Add(batch, cancellation);
            }

            producer.GetAwaiter().GetResult();
        }
        finally
        {
            // Whoever stops early must not leave a thread behind that still reads the data.
            stop.Cancel();
            producer.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait(CancellationToken.None);
            filler.Dispose();
        }
    }

    private static void Produce(IBatchFiller filler, BlockingCollection<Batch> free, BlockingCollection<Batch> ready, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                Batch batch = free.Take(stop);
                if (!filler.Fill(batch))
                {
                    return;
                }

                batch.Complete();
                ready.Add(batch, stop);
            }
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
