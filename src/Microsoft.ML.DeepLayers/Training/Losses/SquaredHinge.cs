using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// max(1 - y · output, 0)², where the label y is -1 or 1; the mean over the values of a vector label. Labels and output are as
/// for <see cref="Hinge"/>. Keras: <c>SquaredHinge</c>.
/// </summary>
public sealed record SquaredHinge : Loss
{
    /// <inheritdoc/>
    public override string Name => "squared_hinge";

    /// <inheritdoc/>
    public override bool TakesLogits => true;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels) => MeanOverValues(Hinge.Shortfall(output, labels).Square());
}
