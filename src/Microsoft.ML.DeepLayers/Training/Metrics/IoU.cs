using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// Intersection over union, true positives / (true positives + false positives + false negatives), of some classes,
/// averaged over those that occur or are predicted; 0 where none does. The class with the highest score is predicted.
/// Keras: <c>OneHotIoU</c>, or <c>IoU</c> with <c>sparse_y_pred=False</c>.
/// </summary>
/// <example><c>new IoU(numClasses: 3, targetClassIds: [0, 2])</c></example>
public sealed record IoU : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="numClasses">The number of classes; at least 2.</param>
    /// <param name="targetClassIds">The classes that count, from 0; at least one.</param>
    /// <param name="ignoreClass">A class whose examples do not count. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>io_u</c>, as in Keras.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, no class is given, one is given twice, or the name is empty.</exception>
    public IoU(int numClasses, ImmutableArray<int> targetClassIds, int? ignoreClass = null, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numClasses, 2);
        if (targetClassIds.IsDefaultOrEmpty || targetClassIds.Distinct().Count() != targetClassIds.Length
            || targetClassIds.Min() < 0 || targetClassIds.Max() >= numClasses)
        {
            throw new ArgumentException($"The classes must be from 0 to {numClasses - 1}, each once, at least one.", nameof(targetClassIds));
        }

        ClassIoU.DemandClass(ignoreClass, numClasses);
        (NumClasses, TargetClassIds, IgnoreClass, Name) = (numClasses, targetClassIds, ignoreClass, MetricChecks.Name(name, "io_u"));
    }

    /// <summary>The number of classes.</summary>
    public int NumClasses { get; }

    /// <summary>The classes that count.</summary>
    public ImmutableArray<int> TargetClassIds { get; }

    /// <summary>A class whose examples do not count.</summary>
    public int? IgnoreClass { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Three for each class.</summary>
    /// <param name="outputValues">The number of values that the network gives for an example.</param>
    /// <exception cref="ArgumentException">It is another one than that of the classes.</exception>
    public override int StateSize(int outputValues) => ClassIoU.StateSize(this, NumClasses, outputValues);

    /// <inheritdoc/>
    public override Tensor Update(Tensor output, Tensor labels) => ClassIoU.Count(this, output, labels, IgnoreClass);

    /// <inheritdoc/>
    public override double Result(ReadOnlySpan<double> state, long examples)
    {
        double[] counts = state.ToArray();
        return ClassCounts.MeanIoU(TargetClassIds.Select(id => ClassCounts.Read(counts, id)));
    }

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other metric.</param>
    public bool Equals(IoU? other) => base.Equals(other) && (NumClasses, IgnoreClass, Name) == (other.NumClasses, other.IgnoreClass, other.Name)
        && TargetClassIds.AsSpan().SequenceEqual(other.TargetClassIds.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NumClasses, IgnoreClass, Name, string.Join(',', TargetClassIds));
}

/// <summary>What <see cref="IoU"/> and <see cref="MeanIoU"/> do alike.</summary>
internal static class ClassIoU
{
    internal static void DemandClass(int? ignoreClass, int numClasses)
    {
        if (ignoreClass is { } ignored && (ignored < 0 || ignored >= numClasses))
        {
            throw new ArgumentOutOfRangeException(nameof(ignoreClass), ignoreClass, $"The class must be from 0 to {numClasses - 1}.");
        }
    }

    internal static int StateSize(Metric metric, int numClasses, int outputValues) => outputValues == numClasses
        ? ClassCounts.Size * numClasses
        : throw new ArgumentException($"The metric '{metric.Name}' is for {numClasses} classes, but the output gives {outputValues} values.");

    internal static Tensor Count(Metric metric, Tensor output, Tensor labels, int? ignoreClass)
    {
        MetricChecks.SameShape(metric, output, labels);
        Tensor highest = output.argmax(-1, keepdim: true);
        (Tensor predicted, Tensor actual) = (zeros_like(output, dtype: ScalarType.Bool).scatter_(-1, highest, ones_like(highest, dtype: ScalarType.Bool)), labels.NotEqual(0));
        if (ignoreClass is { } ignored)
        {
            Tensor counts = actual.select(-1, ignored).logical_not().unsqueeze(-1);
            (predicted, actual) = (predicted.logical_and(counts), actual.logical_and(counts));
        }

        return ClassCounts.Count(predicted, actual);
    }
}
