using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// 100 · |y - output| / |y|; the mean over the values of a vector label. A label nearer to 0 than 1e-7 counts as 1e-7, which
/// makes it outweigh all others: leave such rows out, or use another loss. Keras: <c>MeanAbsolutePercentageError</c>.
/// </summary>
public sealed record MeanAbsolutePercentageError : Loss
{
    /// <inheritdoc/>
    public override string Name => "mape";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) =>
        MeanOverValues(output.sub(labels).abs().div(labels.abs().Maximum(1e-7))).Multiply(100);
}
