using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>The absolute difference; the mean over the values of a vector label. Keras: <c>MeanAbsoluteError</c>.</summary>
public sealed record MeanAbsoluteError : Loss
{
    /// <inheritdoc/>
    public override string Name => "mae";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => MeanOverValues(output.sub(labels).abs());
}
