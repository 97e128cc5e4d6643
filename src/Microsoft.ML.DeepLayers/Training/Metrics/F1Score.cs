using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// 2 · precision · recall / (precision + recall): their harmonic mean, of each class
/// or each value of a vector label, averaged; 0 where a class neither occurs nor is predicted. Keras: <c>F1Score</c>, whose
/// default average, a number for each class, is no number to watch: here it is the mean of these.
/// </summary>
/// <example><c>new F1Score(threshold: 0.5f)</c> for binary classification.</example>
public sealed record F1Score : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="average">How the classes' scores become one number. Default: <see cref="FScoreAverage.Macro"/>.</param>
    /// <param name="threshold">
    /// The probability above which a value is predicted to be true; above 0 and at most 1. <see langword="null"/> (the
    /// default) predicts the class with the highest score, so that an output of a single value needs a threshold.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>f1_score</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, the average is unknown, or the name is empty.</exception>
    public F1Score(FScoreAverage average = FScoreAverage.Macro, float? threshold = null, string? name = null)
    {
        FScoreChecks.Demand(average, threshold);
        (Average, Threshold, Name) = (average, threshold, MetricChecks.Name(name, "f1_score"));
    }

    /// <summary>How the classes' scores become one number.</summary>
    public FScoreAverage Average { get; }

    /// <summary>The probability above which a value is predicted to be true.</summary>
    public float? Threshold { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Three for each value.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    /// <exception cref="ArgumentException">It gives one, and there is no threshold.</exception>
    public override int StateSize(int outputValues) => FScoreChecks.StateSize(this, Threshold, outputValues);

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return ClassCounts.Count(Threshold is { } threshold ? output.Greater(threshold) : ClassCounts.Highest(output), labels.NotEqual(0));
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples) => ClassCounts.FScore(state, 1, Average);
}
