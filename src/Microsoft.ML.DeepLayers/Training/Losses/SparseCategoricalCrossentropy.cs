using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training.Losses;

/// <summary>-log of the softmax probability of the label's class. Keras: <c>SparseCategoricalCrossentropy(from_logits=True)</c>.</summary>
internal sealed class SparseCategoricalCrossentropy : Loss
{
    private protected override Tensor PerExample(Tensor output, Tensor target) =>
        nn.functional.cross_entropy(output, target.to(ScalarType.Int64), reduction: nn.Reduction.None);

    private protected override Tensor Mean(Tensor output, Tensor target) =>
        nn.functional.cross_entropy(output, target.to(ScalarType.Int64));
}
