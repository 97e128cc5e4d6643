using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts positions off a volume, or off a sequence of images.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output the same, each axis shorter by what is cut off its two ends.
/// </para>
/// <para>Keras: <c>Cropping3D</c>; ONNX: Slice.</para>
/// </summary>
/// <example><c>new Cropping3D((2, 4, 2))</c> turns <c>[28, 28, 10, 3]</c> into <c>[24, 20, 6, 3]</c>.</example>
public sealed record Cropping3D : CroppingLayer
{
    /// <summary>Creates the layer; it cuts one position off every side.</summary>
    public Cropping3D()
        : this(1)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="cropping">
    /// What to cut off: <c>1</c> on every side, <c>(1, 2, 3)</c> for depth, height and width, or
    /// <c>((1, 2), (3, 4), (5, 6))</c> for the beginning and the end of each.
    /// </param>
    [JsonConstructor]
    public Cropping3D(Margins3D cropping) => Cropping = cropping;

    /// <summary>What is cut off.</summary>
    public Margins3D Cropping { get; }

    private protected override Margin[] Margins => [Cropping.Depth, Cropping.Height, Cropping.Width];
}
