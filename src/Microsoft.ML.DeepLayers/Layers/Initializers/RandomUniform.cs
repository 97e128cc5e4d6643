namespace Microsoft.ML.DeepLayers;

/// <summary>Draws weights from a uniform distribution. Keras: <c>RandomUniform</c>, the default for embeddings.</summary>
public sealed record RandomUniform : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="minimum">The lowest value. Default: -0.05.</param>
    /// <param name="maximum">The highest value, not below the lowest. Default: 0.05.</param>
    /// <exception cref="ArgumentOutOfRangeException">The highest value is below the lowest.</exception>
    public RandomUniform(float minimum = -0.05f, float maximum = 0.05f)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maximum, minimum);
        (Minimum, Maximum) = (minimum, maximum);
    }

    /// <summary>The lowest value.</summary>
    public float Minimum { get; }

    /// <summary>The highest value.</summary>
    public float Maximum { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref float value in values)
        {
            value = (float)(Minimum + ((Maximum - Minimum) * random.NextDouble()));
        }
    }
}
