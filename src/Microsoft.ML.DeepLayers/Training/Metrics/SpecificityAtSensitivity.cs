namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The best specificity, true negatives / (true negatives + false positives), with a sensitivity of at least a value,
/// where sensitivity is true positives / (true positives + false negatives); 0 where no threshold gives it. Keras: <c>SpecificityAtSensitivity</c>.
/// </summary>
/// <example><c>new SpecificityAtSensitivity(0.9f)</c></example>
public sealed record SpecificityAtSensitivity : BestThresholdMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="sensitivity">The least sensitivity; from 0 to 1.</param>
    /// <param name="numThresholds">The number of thresholds that are tried, evenly from 0 to 1; at least 1. Default: 200.</param>
    /// <param name="classId">The class that alone counts, from 0. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>specificity_at_sensitivity</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public SpecificityAtSensitivity(float sensitivity, int numThresholds = 200, int? classId = null, string? name = null)
        : base(numThresholds, classId, name, "specificity_at_sensitivity") => Sensitivity = MetricChecks.Part(sensitivity, nameof(sensitivity));

    /// <summary>The least sensitivity.</summary>
    public float Sensitivity { get; }

    private protected override float Least => Sensitivity;

    private protected override double Given(ConfusionCounts counts) => counts.Recall;

    private protected override double Wanted(ConfusionCounts counts) => counts.Specificity;
}
