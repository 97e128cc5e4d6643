using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Σ y · log(y / p): how far the predicted distribution p, the softmax of the output, is from the label's, a vector of
/// probabilities (limited to 1e-7 to 1, as in Keras). Computed from logits: p itself is not limited. Keras:
/// <c>KLDivergence</c>.
/// </summary>
public sealed record KLDivergence : Loss
{
    /// <inheritdoc/>
    public override string Name => "kl_divergence";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Softmax;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        LossChecks.Classes(this, output);
        Tensor given = labels.Clip(1e-7, 1);
        return SumOverValues(given.mul(given.log().sub(nn.functional.log_softmax(output, -1))));
    }
}
