using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The part of examples whose class, given as an index, is among those with the k highest scores. Keras: <c>SparseTopKCategoricalAccuracy</c>.</summary>
public sealed record SparseTopKCategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="k">How many of the highest scores count; at least 1. Default: 5.</param>
    /// <param name="name">What it is called in logs and histories. Default: <c>sparse_top_k_categorical_accuracy</c>.</param>
    /// <exception cref="ArgumentException">k is below 1, or the name is empty.</exception>
    public SparseTopKCategoricalAccuracy(int k = 5, string? name = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        (K, Name) = (k, MetricChecks.Name(name, "sparse_top_k_categorical_accuracy"));
    }

    /// <summary>How many of the highest scores count.</summary>
    public int K { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => InTopK(output, labels.to(ScalarType.Int64), K);

    /// <summary>
    /// Whether fewer than k scores are higher than the class's own. Counted from those that are not higher, so that a
    /// score that is no number is never among the highest.
    /// </summary>
    internal static Tensor InTopK(Tensor output, Tensor classes, int k)
    {
        Tensor own = output.gather(-1, classes.unsqueeze(-1));
        return output.le(own).sum(-1).Greater(output.shape[^1] - k);
    }
}
