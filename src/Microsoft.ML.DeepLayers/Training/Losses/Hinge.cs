using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// max(1 - y · output, 0), where the label y is -1 or 1; the mean over the values of a vector label. Labels 0 and 1 are taken
/// for -1 and 1 (where a batch has no others, as in Keras). The output is a raw score: above 0 is the positive class, and
/// the probability that a binary classifier gives beside it is not calibrated. Keras: <c>Hinge</c>.
/// </summary>
public sealed record Hinge : Loss
{
    /// <inheritdoc/>
    public override string Name => "hinge";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => MeanOverValues(Shortfall(output, labels));

    /// <summary>What each output lacks from being 1 on the right side.</summary>
    internal static Tensor Shortfall(Tensor output, Tensor labels)
    {
        // Looked at on the device: whether they are binary is never asked for here.
        Tensor isBinary = labels.mul(labels.Subtract(1)).Equal(0).all();
        return where(isBinary, labels.Multiply(2).Subtract(1), labels).mul(output).neg().Add(1).relu();
    }
}
