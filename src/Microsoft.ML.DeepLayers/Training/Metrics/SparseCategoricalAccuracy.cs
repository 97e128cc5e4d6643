using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Metrics;

/// <summary>The part of examples whose highest score is that of the label's class. Keras: <c>SparseCategoricalAccuracy</c>.</summary>
internal sealed class SparseCategoricalAccuracy : Metric
{
    internal override string Name => "accuracy";

    internal override Tensor Sum(Tensor output, Tensor target) => output.argmax(-1).eq(target).sum();
}
