using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Metrics;

/// <summary>The mean absolute difference. Keras: <c>MeanAbsoluteError</c>.</summary>
internal sealed class MeanAbsoluteError : Metric
{
    internal override string Name => "mae";

    internal override Tensor Sum(Tensor output, Tensor target) => target.dim() > 1
        ? output.sub(target).abs().mean([-1]).sum()
        : output.squeeze(-1).sub(target).abs().sum();
}
