using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Enlarges a volume, or a sequence of images, channel by channel: repeats its positions along each axis.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output <c>[batch, depth · size, height · size, width · size, channels]</c>.
/// </para>
/// <para>Keras: <c>UpSampling3D</c>; ONNX: Resize.</para>
/// </summary>
/// <example><c>new UpSampling3D((1, 2, 2))</c> turns <c>[8, 14, 14, 4]</c> into <c>[8, 28, 28, 4]</c>.</example>
public sealed record UpSampling3D : UpSamplingLayer
{
    /// <summary>Creates the layer; it doubles the depth, the height and the width.</summary>
    public UpSampling3D()
        : this(2)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="size">How many times as large the volume becomes: <c>2</c>, or <c>(1, 2, 3)</c> for depth, height and width.</param>
    [JsonConstructor]
    public UpSampling3D(Size3D size) => Size = size;

    /// <summary>How many times as large the volume becomes.</summary>
    public Size3D Size { get; }

    private protected override int[] Factors => [Size.Depth, Size.Height, Size.Width];
}
