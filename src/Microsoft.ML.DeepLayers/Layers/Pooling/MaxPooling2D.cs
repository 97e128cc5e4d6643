using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The largest value in a window that slides over an image, channel by channel.
/// <para>
/// Input <c>[batch, height, width, channels]</c>; output <c>[batch, new height, new width, channels]</c>, where a new length is
/// ceil(length / stride), or floor((length - size) / stride) + 1 with <see cref="Padding.Valid"/>.
/// </para>
/// <para>Keras: <c>MaxPooling2D</c>; ONNX: MaxPool.</para>
/// </summary>
/// <example><c>new MaxPooling2D(2)</c> turns <c>[28, 28, 8]</c> into <c>[14, 14, 8]</c>.</example>
public sealed record MaxPooling2D : Pooling
{
    /// <summary>Creates the layer with a window of 2 × 2.</summary>
    public MaxPooling2D()
        : this(2)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">The window: <c>2</c>, or <c>(2, 3)</c> for height and width.</param>
    /// <param name="strides">How far the window moves. <see langword="null"/> (the default) is the pool size.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The padding is <see cref="Padding.Causal"/>.</exception>
    [JsonConstructor]
    public MaxPooling2D(Size2D poolSize, Size2D? strides = null, Padding padding = Padding.Valid)
        : base(padding) => (PoolSize, Strides) = (poolSize, strides);

    /// <summary>The window's height and width.</summary>
    public Size2D PoolSize { get; }

    /// <summary>How far the window moves; <see langword="null"/> is the pool size.</summary>
    public Size2D? Strides { get; }

    private protected override SlidingWindow Window => new(
        new WindowAxis(PoolSize.Height, (Strides ?? PoolSize).Height, 1, Padding),
        new WindowAxis(PoolSize.Width, (Strides ?? PoolSize).Width, 1, Padding));

    private protected override bool TakesMaximum => true;
}
