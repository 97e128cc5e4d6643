namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// The range of one value of the graph over the data: first from the smallest to the largest number; then, in another pass,
/// how the numbers lie in between, from which the ends can be cut off.
/// </summary>
internal sealed class RangeMeter
{
    /// <summary>Into how many parts of equal width the range is divided: 8 bits tell 256 apart.</summary>
    internal const int BinCount = 2048;

    private long[]? bins;

    /// <summary>From the smallest to the largest number so far.</summary>
    internal ValueRange Whole { get; private set; } = ValueRange.Empty;

    /// <summary>Widens the range. NaN and infinities do not count.</summary>
    internal void Widen(ReadOnlySpan<float> values)
    {
        (float min, float max) = Whole;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                min = Math.Min(min, value);
                max = Math.Max(max, value);
            }
        }

        Whole = new ValueRange(min, max);
    }

    /// <summary>Counts numbers within the whole range.</summary>
    internal void Count(ReadOnlySpan<float> values)
    {
        bins ??= new long[BinCount];
        double width = Width;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                bins[width > 0 ? Math.Clamp((int)(((double)value - Whole.Min) / width), 0, BinCount - 1) : 0]++;
            }
        }
    }

    /// <summary>The range without the parts at both ends that together hold no more than the rest to 100 percent, half of it at each.</summary>
    internal ValueRange Percentile(double percentile)
    {
        if (bins is null)
        {
            return Whole;
        }

        double cut = bins.Sum() * (100 - percentile) / 200;
        (int first, int last) = (0, BinCount - 1);
        for (double below = bins[0]; first < last && below <= cut; below += bins[first])
        {
            first++;
        }

        for (double above = bins[^1]; last > first && above <= cut; above += bins[last])
        {
            last--;
        }

        return new ValueRange((float)(Whole.Min + (first * Width)), (float)(Whole.Min + ((last + 1) * Width)));
    }

    private double Width => ((double)Whole.Max - Whole.Min) / BinCount;
}
