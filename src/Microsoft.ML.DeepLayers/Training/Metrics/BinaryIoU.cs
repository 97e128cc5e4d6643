using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// Intersection over union, true positives / (true positives + false positives + false negatives), of false (class 0) and
/// true (class 1), averaged over those that occur or are predicted; every value of a vector label counts by itself, e.g. the
/// pixels of a mask. Keras: <c>BinaryIoU</c>.
/// </summary>
/// <example><c>new BinaryIoU([1])</c></example>
public sealed record BinaryIoU : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="targetClassIds">The classes that count: <c>[0]</c>, <c>[1]</c> or <c>[0, 1]</c>. Default: both.</param>
    /// <param name="threshold">The probability from which on a value is predicted to be true; from 0 to 1. Default: 0.5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>binary_io_u</c>, as in Keras.</param>
    /// <exception cref="ArgumentException">There are other classes, the threshold lies outside its range, or the name is empty.</exception>
    public BinaryIoU(ImmutableArray<int> targetClassIds = default, float threshold = 0.5f, string? name = null)
    {
        TargetClassIds = targetClassIds.IsDefaultOrEmpty ? [0, 1] : targetClassIds;
        if (TargetClassIds.Any(id => id is not (0 or 1)) || TargetClassIds.Distinct().Count() != TargetClassIds.Length)
        {
            throw new ArgumentException("The classes must be 0, 1 or both, each once.", nameof(targetClassIds));
        }

        (Threshold, Name) = (MetricChecks.Part(threshold, nameof(threshold)), MetricChecks.Name(name, "binary_io_u"));
    }

    /// <summary>The classes that count.</summary>
    public ImmutableArray<int> TargetClassIds { get; }

    /// <summary>The probability from which on a value is predicted to be true.</summary>
    public float Threshold { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Four: true positives, predicted positives, actual positives, true negatives.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    public override int StateSize(int outputValues) => 4;

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        (Tensor predicted, Tensor actual) = (output.GreaterEqual(Threshold), labels.NotEqual(0));
        return stack([predicted.logical_and(actual).sum(), predicted.sum(), actual.sum(), predicted.logical_or(actual).logical_not().sum()]);
    }

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples)
    {
        (double truePositives, double predicted, double actual, double trueNegatives) = (state[0], state[1], state[2], state[3]);
        double falsePositives = predicted - truePositives, falseNegatives = actual - truePositives;
        return ClassCounts.MeanIoU(TargetClassIds.Select(id => id == 1
            ? (truePositives, predicted, actual)
            : (trueNegatives, trueNegatives + falseNegatives, trueNegatives + falsePositives)));
    }

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other metric.</param>
    public bool Equals(BinaryIoU? other) => base.Equals(other) && (Threshold, Name) == (other.Threshold, other.Name)
        && TargetClassIds.AsSpan().SequenceEqual(other.TargetClassIds.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Threshold, Name, string.Join(',', TargetClassIds));
}
