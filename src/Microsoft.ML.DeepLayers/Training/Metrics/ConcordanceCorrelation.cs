using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// 2 · covariance / (variance of outputs + variance of labels + (mean output - mean label)²): from -1 to 1, how close
/// outputs are to the labels themselves (Lin 1989); 0 where either does not vary.
/// Keras: <c>ConcordanceCorrelation</c>; over the examples it is here that of all of them, not the mean of the batches' figures.
/// </summary>
public sealed record ConcordanceCorrelation : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="axis">
    /// -1 (the default): over the values of each example, and the mean of that. 0: over the examples, for each value, and the
    /// mean of that; the one to take for an output of a single value.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>concordance_correlation</c>.</param>
    /// <exception cref="ArgumentException">The axis is another one, or the name is empty.</exception>
    public ConcordanceCorrelation(int axis = -1, string? name = null) => (Axis, Name) = (Moments.Axis(axis), MetricChecks.Name(name, "concordance_correlation"));

    /// <summary>-1 for over the values of each example, 0 for over the examples.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>One over the values of each example, five for each value over the examples.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    /// <exception cref="ArgumentException">It gives one, and the axis is -1.</exception>
    public override int StateSize(int outputValues) => Moments.StateSize(this, Axis, outputValues);

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return Axis == 0 ? Moments.Sum(output, labels) : PerExample(output, labels).sum().reshape(1);
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples) => Axis == 0
        ? Moments.Mean(state, examples, value =>
        {
            double distance = value.MeanX - value.MeanY;
            return 2 * value.Covariance / (value.VarianceX + value.VarianceY + (distance * distance) + Moments.Epsilon);
        })
        : state[0] / Math.Max(1, examples);

    private static Tensor PerExample(Tensor output, Tensor labels)
    {
        (Tensor x, Tensor y, Tensor meanX, Tensor meanY) = Moments.Centre(output, labels);
        Tensor norm = x.Square().mean([-1]).Add(y.Square().mean([-1])).Add(meanX.sub(meanY).Square()).Add(Moments.Epsilon);
        return x.mul(y).mean([-1]).Multiply(2).div(norm);
    }
}
