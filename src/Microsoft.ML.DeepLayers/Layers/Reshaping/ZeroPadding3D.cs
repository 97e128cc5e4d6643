using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds zeros around a volume, or around a sequence of images.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output the same, each axis longer by what is added at its two ends.
/// </para>
/// <para>Keras: <c>ZeroPadding3D</c>; ONNX: Pad.</para>
/// </summary>
/// <example><c>new ZeroPadding3D((0, 1, 1))</c> turns <c>[8, 28, 28, 3]</c> into <c>[8, 30, 30, 3]</c>.</example>
public sealed record ZeroPadding3D : ZeroPaddingLayer
{
    /// <summary>Creates the layer; it adds one position on every side.</summary>
    public ZeroPadding3D()
        : this(1)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="padding">
    /// What to add: <c>1</c> on every side, <c>(1, 2, 3)</c> for depth, height and width, or
    /// <c>((1, 2), (3, 4), (5, 6))</c> for the beginning and the end of each.
    /// </param>
    [JsonConstructor]
    public ZeroPadding3D(Margins3D padding) => Padding = padding;

    /// <summary>What is added.</summary>
    public Margins3D Padding { get; }

    private protected override Margin[] Margins => [Padding.Depth, Padding.Height, Padding.Width];
}
