namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Draws weights from a normal distribution, anew where they are more than two standard deviations from the mean. Keras:
/// <c>TruncatedNormal</c>.
/// </summary>
public sealed record TruncatedNormal : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="mean">The mean. Default: 0.</param>
    /// <param name="standardDeviation">The standard deviation before the tails are cut off, not negative. Default: 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is negative.</exception>
    public TruncatedNormal(float mean = 0, float standardDeviation = 0.05f)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        (Mean, StandardDeviation) = (mean, standardDeviation);
    }

    /// <summary>The mean.</summary>
    public float Mean { get; }

    /// <summary>The standard deviation before the tails are cut off.</summary>
    public float StandardDeviation { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        foreach (ref float value in values)
        {
            value = (float)(Mean + (StandardDeviation * RandomNormal.NextTruncated(random)));
        }
    }
}
