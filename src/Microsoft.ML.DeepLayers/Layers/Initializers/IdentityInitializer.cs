namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Fills a matrix with a number on its diagonal and zeros elsewhere. Keras: <c>IdentityInitializer</c>, or <c>identity</c>.
/// </summary>
public sealed record IdentityInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="gain">The number on the diagonal. Default: 1.</param>
    public IdentityInitializer(float gain = 1) => Gain = gain;

    /// <summary>The number on the diagonal.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The weight is no matrix.</exception>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random)
    {
        if (shape.Rank != 2)
        {
            throw new InvalidOperationException($"An IdentityInitializer is for matrices, such as the kernel of Dense, but the weight is {shape}.");
        }

        values.Clear();
        for (int i = 0; i < Math.Min(shape[0], shape[1]); i++)
        {
            values[(i * shape[1]) + i] = Gain;
        }
    }
}
