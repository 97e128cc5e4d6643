using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Boundaries of bins that hold about as many values each, learned in little memory. The way is Keras's: values are sorted
/// and thinned out, joined with those so far, and of the whole only some are kept, at equal steps of the weight below them.
/// Each joining moves the boundaries a little, always upwards. So that this stays well within epsilon, many batches are
/// joined at once, and ten times as many values are kept as Keras does.
/// </summary>
internal sealed class QuantileSummary(int bins, double epsilon) : LayerAdaptation
{
    private const int Chunk = 1 << 16;
    private readonly double precision = epsilon / 10;
    private readonly List<double> pending = [];
    private (double Value, double Weight)[] summary = [];

    public override void Update(Tensor batch)
    {
        pending.AddRange(Numbers(batch));
        if (pending.Count >= Chunk)
        {
            Join();
        }
    }

    private void Join()
    {
        if (pending.Count == 0)
        {
            return;
        }

        double[] values = [.. pending];
        pending.Clear();
        Array.Sort(values);
        double step = Math.Max(values.Length * precision, 1);
        int first = (int)(values.Length * precision);
        IEnumerable<(double Value, double Weight)> kept = Enumerable.Range(0, values.Length).Where(i => i >= first && (i - first) % (int)step == 0)
            .Select(i => (values[i], step));
        summary = Compress([.. summary.Concat(kept).OrderBy(entry => entry.Value)], precision);
    }

    public override IReadOnlyDictionary<string, float[]> Finish()
    {
        Join();
        float[] found = [.. Compress(summary, 1.0 / bins).Select(entry => (float)entry.Value)];
        // Nothing reaches the largest float: where the data has fewer values than there are bins, the last ones stay empty.
        float[] boundaries = [.. Enumerable.Repeat(float.MaxValue, bins - 1)];
        found.AsSpan(0, Math.Min(bins - 1, Math.Max(0, found.Length - 1))).CopyTo(boundaries);
        return new Dictionary<string, float[]>(StringComparer.Ordinal) { ["bin_boundaries"] = boundaries };
    }

    /// <summary>The values at the shares epsilon, 2 epsilon, ..., 1 of the weight, interpolated, with the weight between them.</summary>
    private static (double Value, double Weight)[] Compress((double Value, double Weight)[] entries, double epsilon)
    {
        if (entries.Length * epsilon < 1)
        {
            return entries;
        }

        double[] sums = new double[entries.Length];
        double total = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            sums[i] = total += entries[i].Weight;
        }

        // As many shares as there are multiples of epsilon below 1.
        var compressed = new (double Value, double Weight)[(int)Math.Ceiling(1 / epsilon)];
        double before = 0;
        for (int i = 0, right = 0; i < compressed.Length; i++)
        {
            double wanted = Math.Min(epsilon + (i * epsilon), 1) * total;
            while (right < sums.Length - 1 && sums[right] < wanted)
            {
                right++;
            }

            double share = right == 0 || wanted <= sums[0] ? 0 : (wanted - sums[right - 1]) / (sums[right] - sums[right - 1]);
            double value = right == 0 ? entries[0].Value : entries[right - 1].Value + (share * (entries[right].Value - entries[right - 1].Value));
            double sum = right == 0 ? sums[0] : wanted;
            compressed[i] = (value, sum - before);
            before = sum;
        }

        return compressed;
    }
}
