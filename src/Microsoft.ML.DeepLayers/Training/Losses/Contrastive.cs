using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// Pulls pairs together or apart: y · d² + (1 - y) · max(margin - d, 0)², where the output d is the distance of a pair, at least
/// 0, and the label y is 1 for a pair that belongs together, else 0. The mean over the values of a vector label.
/// </summary>
/// <remarks>
/// Hadsell, Chopra and LeCun 2006, "Dimensionality Reduction by Learning an Invariant Mapping", which halves it and calls
/// similar pairs 0. TensorFlow Addons: <c>ContrastiveLoss</c>. The network ends in the distance itself:
/// <c>AddOutputLayer = false</c>.
/// </remarks>
public sealed record Contrastive : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="margin">The distance that pairs which do not belong together are to have; above 0. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public Contrastive(float margin = 1) => Margin = LossChecks.AboveZero(margin, nameof(margin), "The margin");

    /// <summary>The distance that pairs which do not belong together are to have.</summary>
    public float Margin { get; }

    /// <inheritdoc/>
    public override string Name => "contrastive";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor together = labels.mul(output.Square());
        Tensor apart = labels.neg().Add(1).mul(output.neg().Add(Margin).relu().Square());
        return MeanOverValues(together.Add(apart));
    }
}
