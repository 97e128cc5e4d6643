using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The best that can be had of one thing with as much as is asked for of another, over evenly spaced thresholds from 0 to 1;
/// 0 where no threshold gives as much. Every value of a vector label counts by itself, and so does every class of a
/// one-hot label.
/// </summary>
public abstract record BestThresholdMetric : Metric
{
    private protected BestThresholdMetric(int numThresholds, int? classId, string? name, string usualName)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numThresholds, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(classId ?? 0, nameof(classId));
        (NumThresholds, ClassId, Name) = (numThresholds, classId, MetricChecks.Name(name, usualName));
    }

    /// <summary>The number of thresholds that are tried; a single one is 0.5.</summary>
    public int NumThresholds { get; }

    /// <summary>The class that alone counts.</summary>
    public int? ClassId { get; }

    /// <inheritdoc/>
    public sealed override string Name { get; }

    /// <summary>How much is asked for.</summary>
    private protected abstract float Least { get; }

    private ThresholdHistogram Histogram => new(NumThresholds);

    /// <summary>Two for each threshold.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    /// <exception cref="ArgumentException">The network gives no value for the class.</exception>
    public sealed override int StateSize(int outputValues)
    {
        MetricChecks.Picks(this, null, ClassId, outputValues);
        return Histogram.Size;
    }

    /// <inheritdoc/>
    public sealed override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return ClassId is { } id ? Histogram.Count(output.select(-1, id), labels.select(-1, id)) : Histogram.Count(output, labels);
    }

    /// <inheritdoc/>
    public sealed override double Result(ReadOnlySpan<double> state, long examples)
    {
        double best = 0;
        foreach (ConfusionCounts counts in Histogram.Read(state))
        {
            // In the precision of what is asked for: 4/5 is as much as 0.8.
            if ((float)Given(counts) >= Least)
            {
                best = Math.Max(best, Wanted(counts));
            }
        }

        return best;
    }

    /// <summary>What there must be enough of.</summary>
    private protected abstract double Given(ConfusionCounts counts);

    /// <summary>What there is to be as much as possible of.</summary>
    private protected abstract double Wanted(ConfusionCounts counts);
}
