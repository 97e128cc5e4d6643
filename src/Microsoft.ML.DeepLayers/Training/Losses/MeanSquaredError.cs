using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Losses;

/// <summary>The squared difference. Keras: <c>MeanSquaredError</c>.</summary>
internal sealed class MeanSquaredError : Loss
{
    private protected override Tensor PerExample(Tensor output, Tensor target)
    {
        Tensor squares = Like(target, output).sub(target).square();
        return squares.dim() > 1 ? squares.mean([-1]) : squares;
    }
}
