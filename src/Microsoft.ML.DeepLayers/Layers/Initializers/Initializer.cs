namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How a weight is filled before training; Keras's names and formulas. Initializers run on .NET's random generator,
/// so the same seed gives the same start on every device.
/// </summary>
public abstract record Initializer
{
    /// <summary>Fills a weight.</summary>
    /// <param name="values">The values in row-major order.</param>
    /// <param name="shape">The shape of the weight.</param>
    /// <param name="fanIn">How many inputs feed one unit.</param>
    /// <param name="fanOut">How many outputs one unit feeds.</param>
    /// <param name="random">The source of randomness.</param>
    public abstract void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random);
}
