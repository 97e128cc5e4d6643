using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The number of values that are predicted to be true and are not. Less is better. Keras: <c>FalsePositives</c>.</summary>
public sealed record FalsePositives : ConfusionCountMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="threshold">The probability above which a value is predicted to be true; from 0 to 1. Default: 0.5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>false_positives</c>.</param>
    /// <exception cref="ArgumentException">The threshold lies outside its range, or the name is empty.</exception>
    public FalsePositives(float threshold = 0.5f, string? name = null)
        : base(threshold, name, "false_positives")
    {
    }

    /// <inheritdoc/>
    public override bool HigherIsBetter => false;

    private protected override Tensor Counted(Tensor predicted, Tensor actual) => predicted.gt(actual);
}
