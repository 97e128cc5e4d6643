using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The true positives as a part of something. Every value of a vector label counts by itself, and so does every class of
/// a one-hot label.
/// </summary>
public abstract record PositivesMetric : Metric
{
    private protected PositivesMetric(float? threshold, int? topK, int? classId, string? name, string usualName)
    {
        if (threshold is { } value)
        {
            MetricChecks.Part(value, nameof(threshold));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(topK ?? 1, 1, nameof(topK));
        ArgumentOutOfRangeException.ThrowIfNegative(classId ?? 0, nameof(classId));
        (Threshold, TopK, ClassId, Name) = (threshold, topK, classId, MetricChecks.Name(name, usualName));
    }

    /// <summary>The probability above which a value is predicted to be true.</summary>
    public float? Threshold { get; }

    /// <summary>How many values of an example, the highest, may be predicted to be true.</summary>
    public int? TopK { get; }

    /// <summary>The class that alone counts.</summary>
    public int? ClassId { get; }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <summary>Two: the true positives, and what they are a part of.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    /// <exception cref="ArgumentException">The network gives fewer values than the settings ask for.</exception>
    public sealed override int StateSize(int outputValues)
    {
        MetricChecks.Picks(this, TopK, ClassId, outputValues);
        return 2;
    }

    /// <inheritdoc/>
    public sealed override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        (Tensor predicted, Tensor actual) = (Predicted(output), labels.NotEqual(0));
        if (ClassId is { } id)
        {
            (predicted, actual) = (predicted.select(-1, id), actual.select(-1, id));
        }

        return stack([predicted.logical_and(actual).sum(), Among(predicted, actual).sum()]);
    }

    /// <inheritdoc/>
    public sealed override double Result(ReadOnlySpan<double> state, long examples) => MetricChecks.Divide(state[0], state[1]);

    /// <summary>What the true positives are a part of.</summary>
    private protected abstract Tensor Among(Tensor predicted, Tensor actual);

    private Tensor Predicted(Tensor output)
    {
        if (TopK is not { } k)
        {
            return output.Greater(Threshold ?? 0.5f);
        }

        Tensor highest = output.topk(k, -1).indexes;
        Tensor isHighest = zeros_like(output, dtype: ScalarType.Bool).scatter_(-1, highest, ones_like(highest, dtype: ScalarType.Bool));
        return Threshold is { } threshold ? isHighest.logical_and(output.Greater(threshold)) : isHighest;
    }
}
