using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// log(cosh(d)) of the difference d: about d² / 2 near 0 and |d| - log(2) far from it. The mean over the values of a vector
/// label. Keras: <c>LogCosh</c>.
/// </summary>
public sealed record LogCosh : Loss
{
    /// <inheritdoc/>
    public override string Name => "log_cosh";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor distance = output.sub(labels).abs();
        // |d| + log(1 + e^(-2|d|)) - log(2): nothing overflows.
        return MeanOverValues(distance.Add(distance.Multiply(-2).Softplus()).Subtract(Math.Log(2)));
    }
}
