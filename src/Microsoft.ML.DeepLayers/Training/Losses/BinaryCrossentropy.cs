using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// -y · log(p) - (1 - y) · log(1 - p), where p is the sigmoid of the output; the mean over the values of a vector label.
/// Computed from logits. Keras: <c>BinaryCrossentropy(from_logits=True)</c>.
/// </summary>
public sealed record BinaryCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="labelSmoothing">Draws labels towards one half: y · (1 - smoothing) + smoothing / 2. From 0 to 1. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The smoothing lies outside its range.</exception>
    public BinaryCrossentropy(float labelSmoothing = 0) => LabelSmoothing = LossChecks.Smoothing(labelSmoothing);

    /// <summary>How much labels are drawn towards one half.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override string Name => "binary_crossentropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Sigmoid;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor smooth = LabelSmoothing == 0 ? labels : labels.Multiply(1 - (double)LabelSmoothing).Add((double)LabelSmoothing / 2);
        return MeanOverValues(nn.functional.binary_cross_entropy_with_logits(output, smooth, reduction: nn.Reduction.None));
    }
}
