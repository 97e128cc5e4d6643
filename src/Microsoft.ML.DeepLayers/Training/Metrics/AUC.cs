using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The area under the curve of recall over false positive rate (ROC) or of precision over recall (PR): how well
/// probabilities put true before false, whatever the threshold; 0 where there are no positives or, for ROC, no negatives.
/// Approximated by evenly spaced thresholds, as in Keras: predictions between the same two thresholds count as equal.
/// Keras: <c>AUC</c>.
/// </summary>
/// <remarks>Networks sure of themselves give most probabilities close to 0 and 1; more thresholds then come closer to the exact area.</remarks>
/// <example><code>
/// Metrics = { new AUC(), new AUC(curve: AUCCurve.PR, name: "auc_pr") },
/// Callbacks = { new EarlyStopping("val_auc") }
/// </code></example>
public sealed record AUC : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="numThresholds">The number of thresholds, evenly from 0 to 1; at least 2. Default: 200.</param>
    /// <param name="curve">The curve. Default: <see cref="AUCCurve.ROC"/>.</param>
    /// <param name="summationMethod">How the area between thresholds is taken. Default: <see cref="AUCSummationMethod.Interpolation"/>.</param>
    /// <param name="multiLabel">
    /// Whether each value of a vector label has an area of its own, of which the mean is taken. Default:
    /// <see langword="false"/>: all values are one set. A class of a one-hot label is such a value.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>auc</c>.</param>
    /// <exception cref="ArgumentException">There are fewer than two thresholds, the curve or method is unknown, or the name is empty.</exception>
    public AUC(
        int numThresholds = 200, AUCCurve curve = AUCCurve.ROC, AUCSummationMethod summationMethod = AUCSummationMethod.Interpolation,
        bool multiLabel = false, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numThresholds, 2);
        if (!Enum.IsDefined(curve))
        {
            throw new ArgumentOutOfRangeException(nameof(curve), curve, "The curve must be ROC or PR.");
        }

        if (!Enum.IsDefined(summationMethod))
        {
            throw new ArgumentOutOfRangeException(nameof(summationMethod), summationMethod, "The method must be Interpolation, Majoring or Minoring.");
        }

        (NumThresholds, Curve, SummationMethod, MultiLabel, Name) = (numThresholds, curve, summationMethod, multiLabel, MetricChecks.Name(name, "auc"));
    }

    /// <summary>The number of thresholds.</summary>
    public int NumThresholds { get; }

    /// <summary>The curve.</summary>
    public AUCCurve Curve { get; }

    /// <summary>How the area between thresholds is taken.</summary>
    public AUCSummationMethod SummationMethod { get; }

    /// <summary>Whether each value of a vector label has an area of its own.</summary>
    public bool MultiLabel { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    private ThresholdHistogram Histogram => new(NumThresholds);

    /// <summary>Two for each threshold, and that for each value of the label where each has an area of its own.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public override int StateSize(int outputValues) => Histogram.Size * (MultiLabel ? outputValues : 1);

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return Histogram.Count(output, labels, MultiLabel && output.dim() > 1 ? output.shape[^1] : 1);
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples)
    {
        int size = Histogram.Size, series = state.Length / size;
        double sum = 0;
        for (int i = 0; i < series; i++)
        {
            sum += Area(Histogram.Read(state.Slice(i * size, size)));
        }

        return sum / series;
    }

    private double Area(ConfusionCounts[] points)
    {
        // Keras's lowest threshold lies just below 0, so that it takes everything for true.
        points[0] = new ConfusionCounts(points[0].TruePositives + points[0].FalseNegatives, points[0].FalsePositives + points[0].TrueNegatives, 0, 0);
        double area = 0;
        for (int i = 1; i < points.Length; i++)
        {
            area += Curve == AUCCurve.PR && SummationMethod == AUCSummationMethod.Interpolation
                ? InterpolatedPrecision(points[i - 1], points[i])
                : Rectangle(points[i - 1], points[i]);
        }

        return area;
    }

    private double Rectangle(ConfusionCounts low, ConfusionCounts high)
    {
        bool isRoc = Curve == AUCCurve.ROC;
        double width = isRoc ? low.FalsePositiveRate - high.FalsePositiveRate : low.Recall - high.Recall;
        (double left, double right) = isRoc ? (low.Recall, high.Recall) : (low.Precision, high.Precision);
        return width * SummationMethod switch
        {
            AUCSummationMethod.Majoring => Math.Max(left, right),
            AUCSummationMethod.Minoring => Math.Min(left, right),
            _ => (left + right) / 2,
        };
    }

    /// <summary>
    /// The integral of precision over recall where true positives are a linear function t = slope · p + intercept of the
    /// predicted positives p: slope · (Δt + intercept · ln(p of low / p of high)) / positives.
    /// </summary>
    private static double InterpolatedPrecision(ConfusionCounts low, ConfusionCounts high)
    {
        double lowPredicted = low.TruePositives + low.FalsePositives, highPredicted = high.TruePositives + high.FalsePositives;
        double gained = low.TruePositives - high.TruePositives;
        double slope = MetricChecks.Divide(gained, lowPredicted - highPredicted);
        double intercept = high.TruePositives - (slope * highPredicted);
        double logRatio = lowPredicted > 0 && highPredicted > 0 ? Math.Log(lowPredicted / highPredicted) : 0;
        return MetricChecks.Divide(slope * (gained + (intercept * logRatio)), high.TruePositives + high.FalseNegatives);
    }
}
