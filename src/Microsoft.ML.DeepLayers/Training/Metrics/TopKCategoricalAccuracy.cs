using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The part of examples whose class, given one-hot, is among those with the k highest scores. Keras: <c>TopKCategoricalAccuracy</c>.</summary>
public sealed record TopKCategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="k">How many of the highest scores count; at least 1. Default: 5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>top_k_categorical_accuracy</c>.</param>
    /// <exception cref="ArgumentException">k is below 1, or the name is empty.</exception>
    public TopKCategoricalAccuracy(int k = 5, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        (K, Name) = (k, MetricChecks.Name(name, "top_k_categorical_accuracy"));
    }

    /// <summary>How many of the highest scores count.</summary>
    public int K { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return SparseTopKCategoricalAccuracy.InTopK(output, labels.argmax(-1), K);
    }
}
