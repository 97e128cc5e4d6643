namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The best recall, true positives / (true positives + false negatives), with a precision of at least a value,
/// where precision is true positives / (true positives + false positives); 0 where no threshold gives it. Keras: <c>RecallAtPrecision</c>.
/// </summary>
/// <example><c>new RecallAtPrecision(0.9f)</c></example>
public sealed record RecallAtPrecision : BestThresholdMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="precision">The least precision; from 0 to 1.</param>
    /// <param name="numThresholds">The number of thresholds that are tried, evenly from 0 to 1; at least 1. Default: 200.</param>
    /// <param name="classId">The class that alone counts, from 0. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>recall_at_precision</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public RecallAtPrecision(float precision, int numThresholds = 200, int? classId = null, string? name = null)
        : base(numThresholds, classId, name, "recall_at_precision") => Precision = MetricChecks.Part(precision, nameof(precision));

    /// <summary>The least precision.</summary>
    public float Precision { get; }

    private protected override float Least => Precision;

    private protected override double Given(ConfusionCounts counts) => counts.Precision;

    private protected override double Wanted(ConfusionCounts counts) => counts.Recall;
}
