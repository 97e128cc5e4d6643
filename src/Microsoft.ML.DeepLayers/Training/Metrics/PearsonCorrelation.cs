using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// covariance / (standard deviation of outputs · standard deviation of labels): from -1 to 1, how well labels are a linear
/// function of outputs; 0 where either does not vary.
/// Keras: <c>PearsonCorrelation</c>; over the examples it is here that of all of them, not the mean of the batches' figures.
/// </summary>
public sealed record PearsonCorrelation : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="axis">
    /// -1 (the default): over the values of each example, and the mean of that. 0: over the examples, for each value, and the
    /// mean of that; the one to take for an output of a single value.
    /// </param>
    /// <param name="name">What it is called in logs and histories. Default: <c>pearson_correlation</c>.</param>
    /// <exception cref="ArgumentException">The axis is another one, or the name is empty.</exception>
    public PearsonCorrelation(int axis = -1, string? name = null) => (Axis, Name) = (Moments.Axis(axis), MetricChecks.Name(name, "pearson_correlation"));

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
            value.Covariance / ((Math.Sqrt(value.VarianceX) + Moments.Epsilon) * (Math.Sqrt(value.VarianceY) + Moments.Epsilon)))
        : state[0] / Math.Max(1, examples);

    private static Tensor PerExample(Tensor output, Tensor labels)
    {
        (Tensor x, Tensor y, _, _) = Moments.Centre(output, labels);
        Tensor deviations = x.Square().mean([-1]).sqrt().Add(Moments.Epsilon).mul(y.Square().mean([-1]).sqrt().Add(Moments.Epsilon));
        return x.mul(y).mean([-1]).div(deviations);
    }
}
