using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Losses;

/// <summary>-log of the sigmoid probability of the label. Keras: <c>BinaryCrossentropy(from_logits=True)</c>.</summary>
internal sealed class BinaryCrossentropy : Loss
{
    private protected override Tensor PerExample(Tensor output, Tensor target) =>
        nn.functional.binary_cross_entropy_with_logits(output.squeeze(-1), target, reduction: nn.Reduction.None);
}
