using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// The binary cross-entropy times (1 - q)^gamma, where q is the probability that is given to the true class: examples that
/// are right already count little. With p the sigmoid of the output, q = y · p + (1 - y) · (1 - p). The mean over the values
/// of a vector label. Computed from logits. Keras: <c>BinaryFocalCrossentropy(from_logits=True)</c>; Lin et al. 2017,
/// "Focal Loss for Dense Object Detection".
/// </summary>
public sealed record BinaryFocalCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="applyClassBalancing">Whether class 1 is weighted by alpha and class 0 by 1 - alpha. Default: <see langword="false"/>.</param>
    /// <param name="alpha">The weight of class 1, from 0 to 1; it counts only with class balancing. Default: 0.25.</param>
    /// <param name="gamma">How strongly the loss looks at what is wrong, at least 0; 0 for the plain cross-entropy. Default: 2.</param>
    /// <param name="labelSmoothing">Draws labels towards one half: y · (1 - smoothing) + smoothing / 2. From 0 to 1. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter lies outside its range.</exception>
    public BinaryFocalCrossentropy(bool applyClassBalancing = false, float alpha = 0.25f, float gamma = 2, float labelSmoothing = 0)
    {
        if (alpha is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The weight of class 1 must be from 0 to 1.");
        }

        (ApplyClassBalancing, Alpha) = (applyClassBalancing, alpha);
        Gamma = LossChecks.AtLeastZero(gamma, nameof(gamma), "The exponent");
        LabelSmoothing = LossChecks.Smoothing(labelSmoothing);
    }

    /// <summary>Whether class 1 is weighted by <see cref="Alpha"/> and class 0 by 1 - alpha.</summary>
    public bool ApplyClassBalancing { get; }

    /// <summary>The weight of class 1.</summary>
    public float Alpha { get; }

    /// <summary>How strongly the loss looks at what is wrong.</summary>
    public float Gamma { get; }

    /// <summary>How much labels are drawn towards one half.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override string Name => "binary_focal_crossentropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Sigmoid;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor smooth = LabelSmoothing == 0 ? labels : labels.Multiply(1 - (double)LabelSmoothing).Add((double)LabelSmoothing / 2);
        Tensor rest = smooth.neg().Add(1);
        Tensor loss = nn.functional.binary_cross_entropy_with_logits(output, smooth, reduction: nn.Reduction.None);
        if (Gamma > 0)
        {
            // log(1 - q) rather than 1 - q: a power of what is next to 0 would have no gradient, or an infinite one.
            Tensor wrong = smooth.log().Add(LogSigmoid(output.neg())).logaddexp(rest.log().Add(LogSigmoid(output)));
            loss = loss.mul(wrong.Multiply(Gamma).exp());
        }

        return MeanOverValues(ApplyClassBalancing ? loss.mul(smooth.Multiply(Alpha).AddScaled(rest, 1 - (double)Alpha)) : loss);
    }

    private static Tensor LogSigmoid(Tensor logits) => nn.functional.logsigmoid(logits);
}
