using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The number of values that are predicted to be false and are. Keras: <c>TrueNegatives</c>.</summary>
public sealed record TrueNegatives : ConfusionCountMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">The probability above which a value is predicted to be true; from 0 to 1. Default: 0.5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>true_negatives</c>.</param>
    /// <exception cref="ArgumentException">The threshold lies outside its range, or the name is empty.</exception>
    public TrueNegatives(float threshold = 0.5f, string? name = null)
        : base(threshold, name, "true_negatives")
    {
    }

    private protected override Tensor Counted(Tensor predicted, Tensor actual) => predicted.logical_or(actual).logical_not();
}
