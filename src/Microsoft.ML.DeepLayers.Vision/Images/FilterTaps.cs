namespace Microsoft.ML.DeepLayers.Images;

/// <summary>
/// Which pixels of a line each new pixel is the weighted mean of. When a line is made shorter, the filter grows with the
/// reduction, so that every pixel counts.
/// </summary>
internal sealed class FilterTaps
{
    private (int Length, SidePlacement Place, ImageInterpolation Interpolation) madeFor;
    private int[] starts = [];
    private int[] counts = [];
    private float[] weights = [];
    private float[] pairWeights = [];

    /// <summary>The number of weights that each new pixel has room for.</summary>
    internal int Stride { get; private set; }

    /// <summary>The first pixel of the line that is used.</summary>
    internal int First => starts[0];

    /// <summary>The pixel behind the last one that is used.</summary>
    internal int End { get; private set; }

    /// <summary>Whether the line stays as it is.</summary>
    internal bool IsIdentity => madeFor.Length == madeFor.Place.Resized;

    /// <summary>The first pixel that counts for a new one.</summary>
    internal ReadOnlySpan<int> Starts => starts.AsSpan(0, madeFor.Place.Count);

    /// <summary>How many pixels count for a new one.</summary>
    internal ReadOnlySpan<int> Counts => counts.AsSpan(0, madeFor.Place.Count);

    /// <summary>What they count, in rows of <see cref="Stride"/>.</summary>
    internal ReadOnlySpan<float> Weights => weights;

    /// <summary>Each weight four times, for the bytes of its pixel, and an even number of them; in rows of <see cref="PairStride"/>.</summary>
    internal ReadOnlySpan<float> PairWeights => pairWeights;

    /// <summary>The number of floats of <see cref="PairWeights"/> that each new pixel has room for.</summary>
    internal int PairStride => (Stride + 1) / 2 * 8;

    /// <summary>Computes the weights, unless they are already those.</summary>
    /// <param name="length">The length of the line.</param>
    /// <param name="place">What it becomes.</param>
    /// <param name="interpolation">The filter.</param>
    internal void Prepare(int length, SidePlacement place, ImageInterpolation interpolation)
    {
        if (madeFor == (length, place, interpolation))
        {
            return;
        }

        double scale = (double)length / place.Resized;
        double filterScale = Math.Max(1, scale);
        double support = (interpolation == ImageInterpolation.Bicubic ? 2 : 1) * filterScale;
        Stride = Math.Min(length, ((int)Math.Ceiling(support) * 2) + 1);
        Grow(place.Count);
        End = 0;
        for (int i = 0; i < place.Count; i++)
        {
            double center = (place.First + i + 0.5) * scale;
            int start = (int)Math.Clamp(center - support + 0.5, 0, length - 1);
            int count = (int)Math.Clamp(center + support + 0.5, start + 1, length) - start;
            starts[i] = start;
            counts[i] = count;
            End = Math.Max(End, start + count);
            Weigh(weights.AsSpan(i * Stride, count), start - center + 0.5, filterScale, interpolation);
        }

        Pair(place.Count);
        madeFor = (length, place, interpolation);
    }

    private void Pair(int count)
    {
        int size = checked(count * PairStride);
        if (pairWeights.Length < size)
        {
            pairWeights = new float[size];
        }

        for (int i = 0; i < count; i++)
        {
            Span<float> pairs = pairWeights.AsSpan(i * PairStride, PairStride);
            for (int tap = 0; tap < PairStride / 4; tap++)
            {
                pairs.Slice(tap * 4, 4).Fill(tap < counts[i] ? weights[(i * Stride) + tap] : 0);
            }
        }
    }

    private void Grow(int count)
    {
        // Should anything fail, these are nobody's weights.
        madeFor = default;
        if (starts.Length < count)
        {
            starts = new int[count];
            counts = new int[count];
        }

        int size = checked(count * Stride);
        if (weights.Length < size)
        {
            weights = new float[size];
        }
    }

    private static void Weigh(Span<float> weights, double distance, double filterScale, ImageInterpolation interpolation)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += Filter((distance + i) / filterScale, interpolation);
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(Filter((distance + i) / filterScale, interpolation) / sum);
        }
    }

    private static double Filter(double x, ImageInterpolation interpolation)
    {
        x = Math.Abs(x);
        if (interpolation == ImageInterpolation.Bilinear)
        {
            return Math.Max(0, 1 - x);
        }

        const double A = -0.5;
        return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1
            : x < 2 ? ((((x - 5) * x) + 8) * x * A) - (4 * A)
            : 0;
    }
}
