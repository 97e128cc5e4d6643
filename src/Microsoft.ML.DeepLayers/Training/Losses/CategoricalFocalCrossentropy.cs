using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// -Σ alpha · (1 - p)^gamma · y · log(p), where p is the softmax of the output: the categorical cross-entropy, in which
/// examples that are right already count little. Labels are as for <see cref="CategoricalCrossentropy"/>. Computed from
/// logits. Keras: <c>CategoricalFocalCrossentropy(from_logits=True)</c>, where alpha may also be a list; weigh classes by an
/// example weight column instead. Lin et al. 2017, "Focal Loss for Dense Object Detection".
/// </summary>
public sealed record CategoricalFocalCrossentropy : Loss
{
    /// <summary>Keras's epsilon: a probability next to 1 is no nearer to it than this.</summary>
    private const double Epsilon = 1e-7;

    /// <summary>Creates the loss.</summary>
    /// <param name="alpha">What the loss is multiplied by, above 0. Default: 0.25.</param>
    /// <param name="gamma">How strongly the loss looks at what is wrong, at least 0. Default: 2.</param>
    /// <param name="labelSmoothing">Draws labels towards the same probability for each class: y · (1 - smoothing) + smoothing / classes. From 0 to 1. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter lies outside its range.</exception>
    public CategoricalFocalCrossentropy(float alpha = 0.25f, float gamma = 2, float labelSmoothing = 0)
    {
        Alpha = LossChecks.AboveZero(alpha, nameof(alpha), "The factor");
        Gamma = LossChecks.AtLeastZero(gamma, nameof(gamma), "The exponent");
        LabelSmoothing = LossChecks.Smoothing(labelSmoothing);
    }

    /// <summary>What the loss is multiplied by.</summary>
    public float Alpha { get; }

    /// <summary>How strongly the loss looks at what is wrong.</summary>
    public float Gamma { get; }

    /// <summary>How much labels are drawn towards the same probability for each class.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override string Name => "categorical_focal_crossentropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Softmax;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        LossChecks.Classes(this, output);
        Tensor log = nn.functional.log_softmax(output, -1);
        Tensor terms = CategoricalCrossentropy.Smooth(labels, LabelSmoothing).mul(log);
        // 1 - p without the digits that a p next to 1 would lose; its power has a finite gradient away from 0 only.
        Tensor focused = Gamma == 0 ? terms : terms.mul(log.expm1().neg().Maximum(Epsilon).Power(Gamma));
        return SumOverValues(focused).Multiply(-Alpha);
    }
}
