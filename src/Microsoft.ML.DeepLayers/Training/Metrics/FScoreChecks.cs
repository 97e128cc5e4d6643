namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>What <see cref="F1Score"/> and <see cref="FBetaScore"/> check alike.</summary>
internal static class FScoreChecks
{
    internal static void Demand(FScoreAverage average, float? threshold)
    {
        if (!Enum.IsDefined(average))
        {
            throw new ArgumentOutOfRangeException(nameof(average), average, "The average must be Macro, Micro or Weighted.");
        }

        if (threshold is not (null or (> 0 and <= 1)))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be above 0 and at most 1.");
        }
    }

    /// <summary>Of one value, the highest is always that one: every example would be predicted to be true.</summary>
    internal static int StateSize(Metric metric, float? threshold, int outputValues) => outputValues > 1 || threshold is not null
        ? ClassCounts.Size * outputValues
        : throw new ArgumentException($"The metric '{metric.Name}' takes the highest of several values for the predicted class, but the output gives one. Give it a threshold: 0.5.");
}
