using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// (1 + β²) · precision · recall / (β² · precision + recall): their harmonic mean, in which recall weighs β² as much, of each class
/// or each value of a vector label, averaged; 0 where a class neither occurs nor is predicted. Keras: <c>FBetaScore</c>, whose
/// default average, a number for each class, is no number to watch: here it is the mean of these.
/// </summary>
/// <example><c>new FBetaScore(beta: 2, threshold: 0.5f)</c> for binary classification.</example>
public sealed record FBetaScore : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="average">How the classes' scores become one number. Default: <see cref="FScoreAverage.Macro"/>.</param>
    /// <param name="beta">How much recall counts beside precision; above 0. Default: 1.</param>
    /// <param name="threshold">
    /// The probability above which a value is predicted to be true; above 0 and at most 1. <see langword="null"/> (the
    /// default) predicts the class with the highest score, so that an output of a single value needs a threshold.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>fbeta_score</c>.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, the average is unknown, or the name is empty.</exception>
    public FBetaScore(FScoreAverage average = FScoreAverage.Macro, float beta = 1, float? threshold = null, string? name = null)
    {
        FScoreChecks.Demand(average, threshold);
        if (beta is not (> 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta must be above 0.");
        }

        (Average, Beta, Threshold, Name) = (average, beta, threshold, MetricChecks.Name(name, "fbeta_score"));
    }

    /// <summary>How the classes' scores become one number.</summary>
    public FScoreAverage Average { get; }

    /// <summary>How much recall counts beside precision.</summary>
    public float Beta { get; }

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
    public override double Result(ReadOnlySpan<double> state, long examples) => ClassCounts.FScore(state, Beta, Average);
}
