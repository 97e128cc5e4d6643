using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Examples held in memory: all rows of a store, or those of one side of a split.</summary>
/// <param name="layout">The columns.</param>
/// <param name="store">The rows.</param>
/// <param name="rows">Which of them.</param>
/// <param name="sampler">What draws the rows of an epoch in random order; without one, each comes once.</param>
internal sealed class CachedExamples(ExampleLayout layout, RowStore store, int[] rows, RowSampler? sampler = null) : ExampleSource(layout)
{
    internal override long? Count => rows.Length;

    internal override string Fingerprint
    {
        get
        {
            const int Sample = 1000;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int stride = Math.Max(1, rows.Length / Sample);
            for (int i = 0; i < rows.Length; i += stride)
            {
                hash.AppendData(MemoryMarshal.AsBytes(store[rows[i]]));
            }

            return Convert.ToHexString(hash.GetHashAndReset());
        }
    }

    internal override IBatchFiller BeginEpoch(Random? shuffle)
    {
        if (shuffle is null)
        {
            return new Filler(store, rows);
        }

        int[] order = [.. rows];
        if (sampler is null)
        {
            shuffle.Shuffle(order);
        }
        else
        {
            sampler.Draw(order, shuffle);
        }

        return new Filler(store, order);
    }

    private sealed class Filler(RowStore store, int[] order) : IBatchFiller
    {
        private int next;

        public bool Fill(Batch batch)
        {
            batch.Clear();
            int count = Math.Min(batch.Capacity, order.Length - next);
            store.AddTo(batch, order.AsSpan(next), count);
            next += count;
            return count > 0;
        }

        public StoredRows? Rows => new(store, order);

        public void Dispose()
        {
        }
    }
}
