using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>A count of values by what is predicted and what is true; every value of a vector label counts by itself.</summary>
public abstract record ConfusionCountMetric : Metric
{
    private protected ConfusionCountMetric(float threshold, string? name, string usualName) =>
        (Threshold, Name) = (MetricChecks.Part(threshold, nameof(threshold)), MetricChecks.Name(name, usualName));

    /// <summary>The probability above which a value is predicted to be true.</summary>
    public float Threshold { get; }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <summary>One: the count.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public sealed override int StateSize(int outputValues) => 1;

    /// <inheritdoc/>
    public sealed override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return Counted(output.Greater(Threshold), labels.NotEqual(0)).sum().reshape(1);
    }

    /// <inheritdoc/>
    public sealed override double Result(ReadOnlySpan<double> state, long examples) => state[0];

    /// <summary>Which values are counted.</summary>
    private protected abstract Tensor Counted(Tensor predicted, Tensor actual);
}
