using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// sqrt(mean((output - label)²)), over all values of all examples. Less is better. Keras: <c>RootMeanSquaredError</c>.
/// </summary>
public sealed record RootMeanSquaredError : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="name">What it is called in logs and histories. Default: <c>rmse</c>.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public RootMeanSquaredError(string? name = null) => Name = MetricChecks.Name(name, "rmse");

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    /// <summary>One for each value: the sum of its squared errors.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public override int StateSize(int outputValues) => outputValues;

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return MetricChecks.Exact(output).sub(labels).Square().sum(0L).reshape(-1);
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples)
    {
        double sum = 0;
        foreach (double squares in state)
        {
            sum += squares;
        }

        return Math.Sqrt(sum / ((double)state.Length * Math.Max(1, examples)));
    }
}
