using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// r - y · log(r), where y is a count and r = e^output the rate that is predicted for it: the negative log-likelihood of the
/// Poisson distribution, but for a constant. The mean over the values of a vector label. Scores are rates, above 0.
/// Computed from the logarithm of the rate, so that none is too small for it: where Keras's <c>Poisson</c> has
/// log(r + 1e-7), this is log(r) itself.
/// </summary>
public sealed record Poisson : Loss
{
    /// <inheritdoc/>
    public override string Name => "poisson";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Exponential;

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => MeanOverValues(output.exp().sub(labels.mul(output)));
}
