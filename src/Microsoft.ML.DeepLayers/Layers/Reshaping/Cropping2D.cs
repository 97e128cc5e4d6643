namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts rows and columns off an image.
/// <para>
/// Input <c>[batch, height, width, channels]</c>; output <c>[batch, height - top - bottom, width - left - right, channels]</c>.
/// </para>
/// <para>Keras: <c>Cropping2D</c>; ONNX: Slice.</para>
/// </summary>
/// <example><c>new Cropping2D(((2, 2), (4, 4)))</c> turns <c>[28, 28, 3]</c> into <c>[24, 20, 3]</c>.</example>
public sealed record Cropping2D : CroppingLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="cropping">
    /// What to cut off: <c>1</c> on every side, <c>(1, 2)</c> for rows and columns, or <c>((1, 2), (3, 4))</c> for top, bottom,
    /// left and right. Default: nothing, as in Keras.
    /// </param>
    public Cropping2D(Margins2D cropping = default) => Cropping = cropping;

    /// <summary>The rows and columns that are cut off.</summary>
    public Margins2D Cropping { get; }

    private protected override Margin[] Margins => [Cropping.Height, Cropping.Width];
}
