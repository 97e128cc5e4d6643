using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// 1 - Σ(label - output)² / Σ(label - mean label)², the coefficient of determination: 1 for perfect predictions, 0 for
/// those as good as the mean, below 0 for worse ones. A label that does not vary scores 0. Keras: <c>R2Score</c>.
/// </summary>
public sealed record R2Score : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="classAggregation">How the scores of a vector label's values become one. Default: <see cref="R2Aggregation.UniformAverage"/>.</param>
    /// <param name="numRegressors">
    /// Not negative. Above 0, the adjusted score 1 - (1 - R²) · (n - 1) / (n - regressors - 1) is given, where n is the number
    /// of values of all examples, as Keras counts; where n is too small for that, R² itself. Default: 0.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>r2_score</c>.</param>
    /// <exception cref="ArgumentException">The aggregation is unknown, the number is negative, or the name is empty.</exception>
    public R2Score(R2Aggregation classAggregation = R2Aggregation.UniformAverage, int numRegressors = 0, string? name = null)
    {
        if (!Enum.IsDefined(classAggregation))
        {
            throw new ArgumentOutOfRangeException(nameof(classAggregation), classAggregation, "The aggregation must be UniformAverage or VarianceWeightedAverage.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(numRegressors);
        (ClassAggregation, NumRegressors, Name) = (classAggregation, numRegressors, MetricChecks.Name(name, "r2_score"));
    }

    /// <summary>How the scores of a vector label's values become one.</summary>
    public R2Aggregation ClassAggregation { get; }

    /// <summary>The number of regressors that the adjusted score takes into account.</summary>
    public int NumRegressors { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Three for each value: the sums of labels, of their squares, and of squared errors.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public override int StateSize(int outputValues) => 3 * outputValues;

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        Tensor exact = MetricChecks.Exact(labels);
        return stack([exact.sum(0L), exact.Square().sum(0L), exact.sub(output).Square().sum(0L)]).reshape(-1);
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples)
    {
        int values = state.Length / 3;
        double scores = 0, weighted = 0, variation = 0;
        for (int i = 0; i < values; i++)
        {
            double total = Moments.Variation(state[i], state[values + i], examples);
            double score = total > 0 ? 1 - (state[(2 * values) + i] / total) : 0;
            scores += score;
            weighted += total * score;
            variation += total;
        }

        double result = ClassAggregation == R2Aggregation.UniformAverage ? scores / values : MetricChecks.Divide(weighted, variation);
        double degrees = ((double)examples * values) - NumRegressors - 1;
        return NumRegressors == 0 || degrees <= 0 ? result : 1 - ((1 - result) * ((double)examples * values - 1) / degrees);
    }
}
