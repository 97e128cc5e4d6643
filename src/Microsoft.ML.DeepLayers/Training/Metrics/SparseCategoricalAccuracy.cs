using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>The part of examples whose highest score is that of the label's class. Keras: <c>SparseCategoricalAccuracy</c>.</summary>
public sealed record SparseCategoricalAccuracy : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "accuracy";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => output.argmax(-1).eq(labels);
}
