using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Losses;

/// <summary>The squared difference. Keras: <c>MeanSquaredError</c>.</summary>
internal sealed class MeanSquaredError : Loss
{
    private protected override Tensor PerExample(Tensor output, Tensor target) => output.squeeze(-1).sub(target).square();
}
