using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// d² / 2 for differences |d| up to delta, and delta · |d| - delta² / 2 beyond: outliers pull no harder than at delta. The
/// mean over the values of a vector label. Keras: <c>Huber</c>; Huber 1964, "Robust Estimation of a Location Parameter".
/// </summary>
public sealed record Huber : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="delta">The difference from which on the loss is linear, in units of the label; above 0. Default: 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public Huber(float delta = 1) => Delta = LossChecks.AboveZero(delta, nameof(delta), "The difference");

    /// <summary>The difference from which on the loss is linear.</summary>
    public float Delta { get; }

    /// <inheritdoc/>
    public override string Name => "huber_loss";

    /// <inheritdoc/>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        Tensor distance = output.sub(labels).abs();
        Tensor within = distance.Minimum(Delta);
        // d² / 2 within, and what lies beyond times delta.
        return MeanOverValues(within.Square().Multiply(0.5).AddScaled(distance.sub(within), Delta));
    }
}
