using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// Intersection over union, true positives / (true positives + false positives + false negatives), averaged over the
/// classes that occur or are predicted. The class with the highest score is predicted. Keras: <c>OneHotMeanIoU</c>, or
/// <c>MeanIoU</c> with <c>sparse_y_pred=False</c>.
/// </summary>
public sealed record MeanIoU : Metric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="numClasses">The number of classes; at least 2.</param>
    /// <param name="ignoreClass">A class whose examples do not count. <see langword="null"/> (the default) counts all.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>mean_io_u</c>, as in Keras.</param>
    /// <exception cref="ArgumentException">A number lies outside its range, or the name is empty.</exception>
    public MeanIoU(int numClasses, int? ignoreClass = null, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numClasses, 2);
        ClassIoU.DemandClass(ignoreClass, numClasses);
        (NumClasses, IgnoreClass, Name) = (numClasses, ignoreClass, MetricChecks.Name(name, "mean_io_u"));
    }

    /// <summary>The number of classes.</summary>
    public int NumClasses { get; }

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
        return ClassCounts.MeanIoU(Enumerable.Range(0, NumClasses).Select(id => ClassCounts.Read(counts, id)));
    }
}
