namespace Microsoft.ML.DeepLayers;

/// <summary>Fills a weight with one value. Keras: <c>Constant</c>, and <c>Zeros</c> and <c>Ones</c>.</summary>
public sealed record Constant : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="value">The value; 0 by default.</param>
    public Constant(float value = 0) => Value = value;

    /// <summary>All zeros: Keras's default for biases.</summary>
    public static Constant Zeros { get; } = new(0);

    /// <summary>All ones.</summary>
    public static Constant Ones { get; } = new(1);

    /// <summary>The value.</summary>
    public float Value { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, Shape shape, int fanIn, int fanOut, Random random) => values.Fill(Value);
}
