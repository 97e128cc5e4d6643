using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// 1 - 2 · Σ y · p / (Σ y + Σ p + 1e-7), where p is the sigmoid of the output: how little two regions overlap, whatever their
/// sizes. For segmentation: a network that ends in an image <c>[height, width, 1]</c> and a vector label of as many values, 0
/// or 1, with <c>AddOutputLayer = false</c>.
/// </summary>
/// <remarks>
/// Keras: <c>Dice</c>, but the sums are over the values of each example, as with Keras's <c>axis=(1, 2, 3)</c>, where
/// Keras's default is one sum over the whole batch. Milletari et al. 2016, "V-Net".
/// </remarks>
public sealed record Dice : Loss
{
    private const double Epsilon = 1e-7;

    /// <inheritdoc/>
    public override string Name => "dice";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Sigmoid;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor common = SumOverValues(labels.mul(output)).Multiply(2);
        Tensor all = SumOverValues(labels).Add(SumOverValues(output)).Add(Epsilon);
        return common.div(all).neg().Add(1);
    }
}
