namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Sets a random fraction of the channels to zero in training, each at all pixels of an example, and divides the others by
/// 1 - rate (Tompson et al. 2015). Neighbouring pixels are alike, so that dropping single values would take little away. At
/// scoring it does nothing.
/// <para>Input and output <c>[batch, height, width, channels]</c>, the same shape.</para>
/// <para>Keras: <c>SpatialDropout2D</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new SpatialDropout2D(0.2f)</c> on <c>[32, 32, 64]</c>.</example>
public sealed record SpatialDropout2D : SpatialDropout
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The fraction of the channels that is dropped; at least 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public SpatialDropout2D(float rate)
        : base(rate)
    {
    }

    private protected override string Pattern => "[height, width, channels]";
}
