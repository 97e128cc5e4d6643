using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The part of values that lie above a threshold exactly where the label is true; the mean over the values of a vector
/// label. Keras: <c>BinaryAccuracy</c>. Binary classification measures it as <c>accuracy</c> where no metric is given.
/// </summary>
public sealed record BinaryAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">The probability above which a value counts as true; above 0 and below 1. Default: 0.5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>binary_accuracy</c>.</param>
    /// <exception cref="ArgumentException">The threshold lies outside its range, or the name is empty.</exception>
    public BinaryAccuracy(float threshold = 0.5f, string? name = null)
    {
        if (threshold is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be above 0 and below 1.");
        }

        (Threshold, Name) = (threshold, MetricChecks.Name(name, "binary_accuracy"));
    }

    /// <summary>The probability above which a value counts as true.</summary>
    public float Threshold { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        Tensor right = output.Greater(Threshold).eq(labels);
        return right.dim() > 1 ? right.to(ScalarType.Float32).mean([-1]) : right;
    }
}
