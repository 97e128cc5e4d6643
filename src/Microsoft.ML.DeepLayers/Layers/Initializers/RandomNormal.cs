namespace Microsoft.ML.DeepLayers;

/// <summary>Draws weights from a normal distribution. Keras: <c>RandomNormal</c>.</summary>
public sealed record RandomNormal : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="mean">The mean. Default: 0.</param>
    /// <param name="standardDeviation">The standard deviation, not negative. Default: 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is negative.</exception>
    public RandomNormal(float mean = 0, float standardDeviation = 0.05f)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(standardDeviation);
        (Mean, StandardDeviation) = (mean, standardDeviation);
    }

    /// <summary>The mean.</summary>
    public float Mean { get; }

    /// <summary>The standard deviation.</summary>
    public float StandardDeviation { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        foreach (ref float value in values)
        {
            value = (float)(Mean + (StandardDeviation * Next(random)));
        }
    }

    /// <summary>One value of the standard normal distribution (Box and Muller 1958).</summary>
    internal static double Next(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>One value of the standard normal distribution cut off at ±2, by rejection.</summary>
    internal static double NextTruncated(Random random)
    {
        while (true)
        {
            double value = Next(random);
            if (Math.Abs(value) <= 2)
            {
                return value;
            }
        }
    }
}
