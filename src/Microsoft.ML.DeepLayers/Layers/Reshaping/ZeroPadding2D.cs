using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds rows and columns of zeros around an image.
/// <para>
/// Input <c>[batch, height, width, channels]</c>; output <c>[batch, top + height + bottom, left + width + right, channels]</c>.
/// </para>
/// <para>Keras: <c>ZeroPadding2D</c>; ONNX: Pad.</para>
/// </summary>
/// <example><c>new ZeroPadding2D(((1, 0), (2, 2)))</c> turns <c>[28, 28, 3]</c> into <c>[29, 32, 3]</c>.</example>
public sealed record ZeroPadding2D : ZeroPaddingLayer
{
    /// <summary>Creates the layer; it adds one row or column on every side.</summary>
    public ZeroPadding2D()
        : this(1)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="padding">
    /// What to add: <c>1</c> on every side, <c>(1, 2)</c> for rows and columns, or <c>((1, 2), (3, 4))</c> for top, bottom, left
    /// and right.
    /// </param>
    [JsonConstructor]
    public ZeroPadding2D(Margins2D padding) => Padding = padding;

    /// <summary>The rows and columns that are added.</summary>
    public Margins2D Padding { get; }

    private protected override Margin[] Margins => [Padding.Height, Padding.Width];
}
