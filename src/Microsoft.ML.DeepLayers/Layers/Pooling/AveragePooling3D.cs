using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The average value in a window that slides over a volume, or over a sequence of images,
/// channel by channel. Positions that padding adds do not count.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output <c>[batch, new depth, new height, new width, channels]</c>, where
/// a new length is ceil(length / stride), or floor((length - size) / stride) + 1 with <see cref="Padding.Valid"/>.
/// </para>
/// <para>Keras: <c>AveragePooling3D</c>; ONNX: AveragePool.</para>
/// </summary>
/// <example><c>new AveragePooling3D(2)</c> turns <c>[16, 28, 28, 8]</c> into <c>[8, 14, 14, 8]</c>.</example>
public sealed record AveragePooling3D : Pooling
{
    /// <summary>Creates the layer with a window of 2 × 2 × 2.</summary>
    public AveragePooling3D()
        : this(2)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">The window: <c>2</c>, or <c>(1, 2, 3)</c> for depth, height and width.</param>
    /// <param name="strides">How far the window moves. <see langword="null"/> (the default) is the pool size.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The padding is <see cref="Padding.Causal"/>.</exception>
    [JsonConstructor]
    public AveragePooling3D(Size3D poolSize, Size3D? strides = null, Padding padding = Padding.Valid)
        : base(padding) => (PoolSize, Strides) = (poolSize, strides);

    /// <summary>The window's depth, height and width.</summary>
    public Size3D PoolSize { get; }

    /// <summary>How far the window moves; <see langword="null"/> is the pool size.</summary>
    public Size3D? Strides { get; }

    private protected override SlidingWindow Window => new(
        new WindowAxis(PoolSize.Depth, (Strides ?? PoolSize).Depth, 1, Padding),
        new WindowAxis(PoolSize.Height, (Strides ?? PoolSize).Height, 1, Padding),
        new WindowAxis(PoolSize.Width, (Strides ?? PoolSize).Width, 1, Padding));

    private protected override bool TakesMaximum => false;
}
