using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The part of examples whose highest score is that of the label's class, given one-hot. Keras: <c>CategoricalAccuracy</c>.</summary>
public sealed record CategoricalAccuracy : MeanMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="name">What it is called in logs and histories. Default: <c>categorical_accuracy</c>.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public CategoricalAccuracy(string? name = null) => Name = MetricChecks.Name(name, "categorical_accuracy");

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        MetricChecks.SameShape(this, output, labels);
        return output.argmax(-1).eq(labels.argmax(-1));
    }
}
