namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value in a window that slides over steps, channel by channel.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, new steps, channels]</c>, where new steps is
/// ceil(steps / stride), or floor((steps - size) / stride) + 1 with <see cref="Padding.Valid"/>.
/// </para>
/// <para>Keras: <c>MaxPooling1D</c>; ONNX: MaxPool.</para>
/// </summary>
/// <example><c>new MaxPooling1D(2)</c> turns <c>[100, 4]</c> into <c>[50, 4]</c>.</example>
public sealed record MaxPooling1D : Pooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">The number of steps that the window takes in; at least 1. Default: 2.</param>
    /// <param name="strides">How far the window moves; at least 1. <see langword="null"/> (the default) is the pool size.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the padding is <see cref="Padding.Causal"/>.</exception>
    public MaxPooling1D(int poolSize = 2, int? strides = null, Padding padding = Padding.Valid)
        : base(padding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(poolSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(strides ?? 1, 1, nameof(strides));
        (PoolSize, Strides) = (poolSize, strides);
    }

    /// <summary>The number of steps that the window takes in.</summary>
    public int PoolSize { get; }

    /// <summary>How far the window moves; <see langword="null"/> is the pool size.</summary>
    public int? Strides { get; }

    private protected override SlidingWindow Window => new(new WindowAxis(PoolSize, Strides ?? PoolSize, 1, Padding));

    private protected override bool TakesMaximum => true;
}
