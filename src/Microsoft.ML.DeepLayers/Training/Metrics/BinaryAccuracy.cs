using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>
/// The part of values whose probability is above 0.5 exactly where the label is true. Keras: <c>BinaryAccuracy</c>.
/// </summary>
public sealed record BinaryAccuracy : MeanMetric
{
    /// <inheritdoc/>
    public override string Name => "accuracy";

    /// <summary>A logit above 0 is a probability above 0.5.</summary>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor right = output.gt(0).eq(labels);
        return right.dim() > 1 ? right.to(ScalarType.Float32).mean([-1]) : right;
    }
}
