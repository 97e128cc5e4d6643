using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Enlarges an image, channel by channel: repeats its rows and columns, or interpolates between them.
/// <para>Input <c>[batch, height, width, channels]</c>; output <c>[batch, height · size, width · size, channels]</c>.</para>
/// <para>
/// Keras's <c>bicubic</c>, <c>lanczos3</c> and <c>lanczos5</c> are not there: its backends compute different bicubic values
/// (the cubic's coefficient is -0.5 in TensorFlow and JAX and -0.75 in PyTorch), and neither libtorch nor ONNX knows Lanczos.
/// </para>
/// <para>Keras: <c>UpSampling2D</c>; ONNX: Resize.</para>
/// </summary>
/// <example><c>new UpSampling2D(2)</c> turns <c>[14, 14, 8]</c> into <c>[28, 28, 8]</c>.</example>
public sealed record UpSampling2D : UpSamplingLayer
{
    /// <summary>Creates the layer; it doubles the height and the width.</summary>
    public UpSampling2D()
        : this(2)
    {
    }

    /// <summary>Creates the layer.</summary>
    /// <param name="size">How many times as large the image becomes: <c>2</c>, or <c>(2, 3)</c> for height and width.</param>
    /// <param name="interpolation">Where new values come from. Default: <see cref="Interpolation.Nearest"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interpolation is none of the known ones.</exception>
    [JsonConstructor]
    public UpSampling2D(Size2D size, Interpolation interpolation = Interpolation.Nearest)
    {
        if (!Enum.IsDefined(interpolation))
        {
            throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "The interpolation must be Nearest or Bilinear.");
        }

        (Size, Interpolation) = (size, interpolation);
    }

    /// <summary>How many times as large the image becomes.</summary>
    public Size2D Size { get; }

    /// <summary>Where new values come from.</summary>
    public Interpolation Interpolation { get; }

    private protected override int[] Factors => [Size.Height, Size.Width];

    private protected override Interpolation Method => Interpolation;
}
