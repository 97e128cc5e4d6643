using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// Counts predictions between evenly spaced thresholds 0, 1/(n - 1), ..., 1 (a single one is 0.5), those of false labels
/// and those of true ones: from it follows what each threshold would have predicted, whatever their number, at the cost
/// of one pass over the predictions.
/// </summary>
/// <param name="numThresholds">The number of thresholds.</param>
internal readonly struct ThresholdHistogram(int numThresholds)
{
    /// <summary>How many numbers it has: bins of false labels, then of true ones. Bin k is above k thresholds.</summary>
    internal int Size => 2 * Bins;

    private int Bins => Math.Max(2, numThresholds);

    /// <summary>Counts predictions.</summary>
    /// <param name="output">The predictions; what lies outside of 0 to 1 counts as 0 or 1.</param>
    /// <param name="labels">The labels, in the same shape.</param>
    /// <param name="series">1 for all values together, or the number of values of an example for a histogram of each.</param>
    internal Tensor Count(Tensor output, Tensor labels, long series = 1)
    {
        // What is no number must not become an index: a diverged training is to be reported as such.
        Tensor bin = numThresholds == 1 ? output.Greater(0.5f) : output.nan_to_num().Clip(0, 1).Multiply(numThresholds - 1).ceil();
        Tensor index = bin.to(ScalarType.Int64).AddScaled(labels.NotEqual(0).to(ScalarType.Int64), Bins);
        if (series > 1)
        {
            index = index.AddScaled(TensorOperations.Arange(0, series, ScalarType.Int64, output.device), Size);
        }

        // Whole numbers, so that the order in which a GPU adds them does not matter; bincount would wait for the device.
        index = index.reshape(-1);
        return zeros(Size * series, ScalarType.Int32, output.device).scatter_add_(0, index, ones_like(index, dtype: ScalarType.Int32));
    }

    /// <summary>What each threshold would have predicted.</summary>
    /// <param name="counts">The counts, summed over batches.</param>
    internal ConfusionCounts[] Read(ReadOnlySpan<double> counts)
    {
        ReadOnlySpan<double> ofFalse = counts[..Bins], ofTrue = counts[Bins..];
        double negatives = 0, positives = 0;
        for (int bin = 0; bin < Bins; bin++)
        {
            negatives += ofFalse[bin];
            positives += ofTrue[bin];
        }

        var result = new ConfusionCounts[numThresholds];
        double falsePositives = negatives, truePositives = positives;
        for (int threshold = 0; threshold < numThresholds; threshold++)
        {
            falsePositives -= ofFalse[threshold];
            truePositives -= ofTrue[threshold];
            result[threshold] = new ConfusionCounts(truePositives, falsePositives, negatives - falsePositives, positives - truePositives);
        }

        return result;
    }
}

/// <summary>What a threshold predicts.</summary>
internal readonly record struct ConfusionCounts(double TruePositives, double FalsePositives, double TrueNegatives, double FalseNegatives)
{
    internal double Precision => MetricChecks.Divide(TruePositives, TruePositives + FalsePositives);

    /// <summary>Also called sensitivity.</summary>
    internal double Recall => MetricChecks.Divide(TruePositives, TruePositives + FalseNegatives);

    internal double Specificity => MetricChecks.Divide(TrueNegatives, TrueNegatives + FalsePositives);

    internal double FalsePositiveRate => MetricChecks.Divide(FalsePositives, TrueNegatives + FalsePositives);
}
