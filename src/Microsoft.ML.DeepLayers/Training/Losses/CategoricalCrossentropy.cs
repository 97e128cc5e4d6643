using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// -Σ y · log(p), where p is the softmax of the output and y the label's probabilities: one-hot for the classes of a
/// multiclass label, or a vector label of probabilities (soft labels) in regression. Computed from logits. For plain classes
/// without smoothing it is <see cref="SparseCategoricalCrossentropy"/>. Keras:
/// <c>CategoricalCrossentropy(from_logits=True)</c>.
/// </summary>
/// <example><code>
/// Loss = new CategoricalCrossentropy(labelSmoothing: 0.1f)
/// </code></example>
public sealed record CategoricalCrossentropy : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="labelSmoothing">Draws labels towards the same probability for each class: y · (1 - smoothing) + smoothing / classes. From 0 to 1. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The smoothing lies outside its range.</exception>
    public CategoricalCrossentropy(float labelSmoothing = 0) => LabelSmoothing = LossChecks.Smoothing(labelSmoothing);

    /// <summary>How much labels are drawn towards the same probability for each class.</summary>
    public float LabelSmoothing { get; }

    /// <inheritdoc/>
    public override string Name => "categorical_crossentropy";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Softmax;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        LossChecks.Classes(this, output);
        return SumOverValues(Smooth(labels, LabelSmoothing).mul(nn.functional.log_softmax(output, -1))).neg();
    }

    /// <summary>Labels drawn towards the same probability for each class.</summary>
    internal static Tensor Smooth(Tensor labels, float smoothing) =>
        smoothing == 0 ? labels : labels.Multiply(1 - (double)smoothing).Add((double)smoothing / labels.shape[^1]);
}
