using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// 1 - Σ y · p / (Σ y · p + alpha · Σ y · (1 - p) + beta · Σ (1 - y) · p + 1e-7), where p is the sigmoid of the output: like
/// <see cref="Dice"/>, which it is with the defaults, but with a weight for what is missed (alpha) and one for false alarms
/// (beta).
/// </summary>
/// <remarks>
/// Keras: <c>Tversky</c>, by its formula (its documentation names the two weights the other way round); the sums are over the
/// values of each example, where Keras's default is one sum over the whole batch. Salehi et al. 2017, "Tversky Loss Function
/// for Image Segmentation Using 3D Fully Convolutional Deep Networks".
/// </remarks>
public sealed record Tversky : Loss
{
    private const double Epsilon = 1e-7;

    /// <summary>Creates the loss.</summary>
    /// <param name="alpha">The weight of what is missed, at least 0. Default: 0.5.</param>
    /// <param name="beta">The weight of false alarms, at least 0. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A weight is below 0.</exception>
    public Tversky(float alpha = 0.5f, float beta = 0.5f)
    {
        Alpha = LossChecks.AtLeastZero(alpha, nameof(alpha), "The weight");
        Beta = LossChecks.AtLeastZero(beta, nameof(beta), "The weight");
    }

    /// <summary>The weight of what is missed.</summary>
    public float Alpha { get; }

    /// <summary>The weight of false alarms.</summary>
    public float Beta { get; }

    /// <inheritdoc/>
    public override string Name => "tversky";

    /// <inheritdoc/>
    public override Activation OutputActivation => Activation.Sigmoid;

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor common = SumOverValues(labels.mul(output));
        Tensor missed = SumOverValues(labels).sub(common);
        Tensor falseAlarms = SumOverValues(output).sub(common);
        return common.div(common.AddScaled(missed, Alpha).AddScaled(falseAlarms, Beta).Add(Epsilon)).neg().Add(1);
    }
}
