using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Losses;

/// <summary>
/// The pinball loss, which makes the output a quantile of what the label may be: quantile · d where the label lies d above the
/// output, and (1 - quantile) · d where it lies d below. With 0.5 it is half the absolute error, and the output the median.
/// </summary>
/// <remarks>
/// One quantile gives a score like the label. Several give a vector: those of the first value of the label, then those of the
/// second, and so on; the loss is the mean over all of them. Nothing keeps a higher quantile from being predicted
/// below a lower one where data is scarce. Koenker and Bassett 1978, "Regression Quantiles". Keras has no such loss.
/// </remarks>
/// <example><code>
/// // Score is a vector of three: a band that holds 80 % of what happens, with the median within.
/// Loss = new Quantile(0.1f, 0.5f, 0.9f)
/// </code></example>
public sealed record Quantile : Loss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="quantiles">The quantiles, each above 0 and below 1.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A quantile lies outside its range.</exception>
    public Quantile(params ImmutableArray<float> quantiles)
    {
        if (quantiles.IsDefaultOrEmpty)
        {
            throw new ArgumentException("At least one quantile is needed, e.g. 0.5 for the median.", nameof(quantiles));
        }

        foreach (float quantile in quantiles)
        {
            if (quantile is not (> 0 and < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(quantiles), quantile, "A quantile must be above 0 and below 1.");
            }
        }

        Quantiles = quantiles;
    }

    /// <summary>The quantiles.</summary>
    public ImmutableArray<float> Quantiles { get; }

    /// <inheritdoc/>
    public override string Name => "quantile";

    /// <inheritdoc/>
    public override OutputForm OutputForm => Quantiles.Length == 1 ? OutputForm.LikeLabel : OutputForm.Free;

    /// <inheritdoc/>
    public override int OutputUnits(int labelValues) => checked(labelValues * Quantiles.Length);

    /// <summary>Whether it is a loss of the same quantiles.</summary>
    /// <param name="other">The other loss.</param>
    public bool Equals(Quantile? other) => other is not null && Quantiles.SequenceEqual(other.Quantiles);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (float quantile in Quantiles)
        {
            hash.Add(quantile);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The output has no value for each quantile of each value of the label.</exception>
    public override Tensor PerExample(Tensor output, Tensor labels)
    {
        if (Quantiles.Length == 1)
        {
            return MeanOverValues(Pinball(labels.sub(output), Quantiles[0], Quantiles[0] - 1.0));
        }

        long values = labels.dim() > 1 ? labels.shape[1] : 1;
        if (output.numel() != output.shape[0] * values * Quantiles.Length)
        {
            throw new InvalidOperationException(
                $"{Quantiles.Length} quantiles of {values} {(values == 1 ? "number" : "numbers")} need an output of {values * Quantiles.Length} values, but the network gives {output.numel() / Math.Max(1, output.shape[0])}.");
        }

        // [batch, values, quantiles] against [batch, values, 1].
        Tensor difference = labels.reshape(-1, values, 1).sub(output.reshape(-1, values, Quantiles.Length));
        Tensor above = tensor(Quantiles.ToArray(), dtype: output.dtype, device: output.device);
        return maximum(difference.mul(above), difference.mul(above.Subtract(1))).mean([1, 2]);
    }

    private static Tensor Pinball(Tensor difference, double above, double below) => maximum(difference.Multiply(above), difference.Multiply(below));
}
