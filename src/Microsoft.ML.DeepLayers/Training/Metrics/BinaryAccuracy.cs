using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Metrics;

/// <summary>The part of examples whose logit is above 0 exactly where the label is true. Keras: <c>BinaryAccuracy</c>.</summary>
internal sealed class BinaryAccuracy : Metric
{
    internal override string Name => "accuracy";

    internal override Tensor Sum(Tensor output, Tensor target) => output.squeeze(-1).gt(0).eq(target).sum();
}
