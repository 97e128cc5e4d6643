using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Fills batches on another thread while this one trains; small ones from memory on this one, because that takes less than
/// handing them over. A few batches go round, so memory is bounded and nothing is allocated a batch; the batch handed out
/// last is filled again only after the next one has been asked for.
/// </summary>
internal sealed class BatchPipeline
{
    private const int LeastBatches = 3;
    private const int MostBatches = 16;

    /// <summary>Of small batches, as many go round as take this together, so that threads sleep and wake less often.</summary>
    private const int BytesInFlight = 1 << 20;

    /// <summary>Copying as much takes about as long as waking a thread.</summary>
    private const int SmallBytes = 1 << 18;

    private readonly Batch[] batches;
    private readonly bool isSmall;

    internal BatchPipeline(ExampleLayout layout, int batchSize)
    {
        isSmall = !layout.HasSequences && BytesOf(layout, batchSize) <= SmallBytes;
        batches = [.. Enumerable.Range(0, BatchesInFlight(layout, batchSize)).Select(_ => new Batch(layout, batchSize))];
    }

    /// <summary>How many batches go round.</summary>
    internal static int BatchesInFlight(ExampleLayout layout, int batchSize) => layout.HasSequences
        ? LeastBatches
        : (int)Math.Clamp(BytesInFlight / Math.Max(1, BytesOf(layout, batchSize)), LeastBatches, MostBatches);

    /// <summary>What a batch takes, without its sequences.</summary>
    internal static long BytesOf(ExampleLayout layout, int batchSize) => (long)layout.ValueCount * batchSize * sizeof(float);

    /// <summary>The batches that go round; whoever wraps their memory can do so once.</summary>
    internal IReadOnlyList<Batch> Batches => batches;

    /// <summary>Reads one epoch. Errors of the reading thread come out here.</summary>
    internal IEnumerable<Batch> Read(IBatchFiller filler, CancellationToken cancellation) =>
        isSmall && filler.IsInMemory ? ReadHere(filler, cancellation) : ReadAhead(filler, cancellation);

    private IEnumerable<Batch> ReadHere(IBatchFiller filler, CancellationToken cancellation)
    {
        using (filler)
        {
            for (int next = 0; ; next = (next + 1) % batches.Length)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!filler.Fill(batches[next]))
                {
                    yield break;
                }

                batches[next].Complete();
                yield return batches[next];
            }
        }
    }

    private IEnumerable<Batch> ReadAhead(IBatchFiller filler, CancellationToken cancellation)
    {
        var ring = new Ring<Batch>(batches);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static ring => ((Ring<Batch>)ring!).Stop(), ring);
        Task reading = cancellation.IsCancellationRequested ? Task.CompletedTask : Task.Run(() => Fill(filler, ring), CancellationToken.None);
        try
        {
            while (ring.Take() is { } batch)
            {
                yield return batch;
            }

            cancellation.ThrowIfCancellationRequested();
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            // Whoever stops early must not leave a thread behind that still reads the data.
            ring.Stop();
            using (NativeWork.Wait())
            {
                Task.WaitAny([reading], CancellationToken.None);
            }

            filler.Dispose();
        }
    }

    private static void Fill(IBatchFiller filler, Ring<Batch> ring)
    {
        try
        {
            while (ring.NextFree() is { } batch && filler.Fill(batch))
            {
                batch.Complete();
                ring.Add();
            }
        }
        finally
        {
            ring.Complete();
        }
    }
}
