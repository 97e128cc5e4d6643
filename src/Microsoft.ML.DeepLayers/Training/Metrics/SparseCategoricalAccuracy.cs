using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The part of examples whose highest score is that of the label's class, given as an index. Keras:
/// <c>SparseCategoricalAccuracy</c>. Multiclass classification measures it as <c>accuracy</c> where no metric is given.
/// </summary>
public sealed record SparseCategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="name">What it is called in logs and histories. Default: <c>sparse_categorical_accuracy</c>.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public SparseCategoricalAccuracy(string? name = null) => Name = MetricChecks.Name(name, "sparse_categorical_accuracy");

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => output.argmax(-1).eq(labels);
}
