namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The best precision, true positives / (true positives + false positives), with a recall of at least a value,
/// where recall is true positives / (true positives + false negatives); 0 where no threshold gives it. Keras: <c>PrecisionAtRecall</c>.
/// </summary>
/// <example><c>new PrecisionAtRecall(0.9f)</c></example>
public sealed record PrecisionAtRecall : BestThresholdMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="recall">The least recall; from 0 to 1.</param>
    /// <param name="numThresholds">The number of thresholds that are tried, evenly from 0 to 1; at least 1. Default: 200.</param>
    /// <param name="classId">The class that alone counts, from 0. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>precision_at_recall</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public PrecisionAtRecall(float recall, int numThresholds = 200, int? classId = null, string? name = null)
        : base(numThresholds, classId, name, "precision_at_recall") => Recall = MetricChecks.Part(recall, nameof(recall));

    /// <summary>The least recall.</summary>
    public float Recall { get; }

    private protected override float Least => Recall;

    private protected override double Given(ConfusionCounts counts) => counts.Recall;

    private protected override double Wanted(ConfusionCounts counts) => counts.Precision;
}
