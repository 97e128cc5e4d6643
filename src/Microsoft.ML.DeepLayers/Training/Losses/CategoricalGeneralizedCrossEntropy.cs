using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// (1 - p^q) / q, where p is the softmax probability of the label's class: between the cross-entropy (q towards 0) and the
/// absolute error (q towards 1), so that wrong labels do less harm. Computed from logits. Keras:
/// <c>CategoricalGeneralizedCrossEntropy</c>; Zhang and Sabuncu 2018, "Generalized Cross Entropy Loss for Training Deep
/// Neural Networks with Noisy Labels".
/// </summary>
public sealed record CategoricalGeneralizedCrossEntropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="q">Where it lies between the two; above 0 and below 1. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number lies outside its range.</exception>
    public CategoricalGeneralizedCrossEntropy(float q = 0.5f) => Q = q is > 0 and < 1
        ? q
        : throw new ArgumentOutOfRangeException(nameof(q), q, "q must be above 0 and below 1.");

    /// <summary>Where it lies between cross-entropy (0) and absolute error (1).</summary>
    public float Q { get; }

    /// <inheritdoc/>
    public override string Name => "categorical_generalized_cross_entropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Softmax;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override bool TakesClassIndices => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        LossChecks.Classes(this, output);
        Tensor crossEntropy = nn.functional.cross_entropy(output, labels.to(ScalarType.Int64), reduction: nn.Reduction.None);
        // p^q = e^(q · log p).
        return crossEntropy.Multiply(-Q).expm1().Divide(-Q);
    }
}
