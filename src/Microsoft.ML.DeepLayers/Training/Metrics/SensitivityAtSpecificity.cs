namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The best sensitivity, true positives / (true positives + false negatives), with a specificity of at least a value,
/// where specificity is true negatives / (true negatives + false positives); 0 where no threshold gives it. Keras: <c>SensitivityAtSpecificity</c>.
/// </summary>
/// <example><c>new SensitivityAtSpecificity(0.9f)</c></example>
public sealed record SensitivityAtSpecificity : BestThresholdMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="specificity">The least specificity; from 0 to 1.</param>
    /// <param name="numThresholds">The number of thresholds that are tried, evenly from 0 to 1; at least 1. Default: 200.</param>
    /// <param name="classId">The class that alone counts, from 0. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>sensitivity_at_specificity</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public SensitivityAtSpecificity(float specificity, int numThresholds = 200, int? classId = null, string? name = null)
        : base(numThresholds, classId, name, "sensitivity_at_specificity") => Specificity = MetricChecks.Part(specificity, nameof(specificity));

    /// <summary>The least specificity.</summary>
    public float Specificity { get; }

    private protected override float Least => Specificity;

    private protected override double Given(ConfusionCounts counts) => counts.Specificity;

    private protected override double Wanted(ConfusionCounts counts) => counts.Recall;
}
