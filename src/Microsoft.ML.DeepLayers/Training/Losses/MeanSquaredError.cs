using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>The squared difference; the mean over the values of a vector label. Keras: <c>MeanSquaredError</c>.</summary>
public sealed record MeanSquaredError : Loss
{
    /// <inheritdoc/>
    public override string Name => "mse";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => MeanOverValues(output.sub(labels).Square());
}
