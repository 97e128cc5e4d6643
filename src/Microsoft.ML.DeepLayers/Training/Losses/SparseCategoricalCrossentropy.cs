using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// -log of the softmax probability of the label's class. Computed from logits. Keras:
/// <c>SparseCategoricalCrossentropy(from_logits=True)</c>.
/// </summary>
public sealed record SparseCategoricalCrossentropy : Loss
{
    /// <inheritdoc/>
    public override string Name => "sparse_categorical_crossentropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Softmax;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) =>
        nn.functional.cross_entropy(output, labels.to(ScalarType.Int64), reduction: nn.Reduction.None);

    private protected override Tensor Mean(Tensor output, Tensor labels) =>
        nn.functional.cross_entropy(output, labels.to(ScalarType.Int64));
}
