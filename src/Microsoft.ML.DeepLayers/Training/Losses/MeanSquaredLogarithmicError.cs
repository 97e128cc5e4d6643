using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// (log(1 + y) - log(1 + output))², for labels of at least 0; the mean over the values of a vector label. What is below 1e-7
/// counts as 1e-7: an output below 0 has no gradient, so end the network in an activation that keeps it positive, e.g.
/// softplus, or see that it starts above 0. Keras: <c>MeanSquaredLogarithmicError</c>.
/// </summary>
public sealed record MeanSquaredLogarithmicError : Loss
{
    private const double Epsilon = 1e-7;

    /// <inheritdoc/>
    public override string Name => "msle";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) =>
        MeanOverValues(output.Maximum(Epsilon).log1p().sub(labels.Maximum(Epsilon).log1p()).Square());
}
