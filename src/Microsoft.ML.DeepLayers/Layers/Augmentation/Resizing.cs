using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Brings images to a size, in training and at scoring. Pixels are squares whose outer borders stay the borders (half-pixel
/// centers); there is no smoothing before an image is made smaller.
/// <para>Input <c>[batch, rows, columns, channels]</c>; output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>Resizing</c> without padding to the aspect ratio; ONNX: Resize, and Slice to crop.</para>
/// </summary>
/// <example><c>new Resizing(32, 32)</c> brings images of one size to 32 x 32.</example>
public sealed record Resizing : ImageLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="height">The height of the output; at least 1.</param>
    /// <param name="width">The width of the output; at least 1.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="cropToAspectRatio">
    /// Whether the largest part in the middle that has the ratio of the output is taken, so that nothing is distorted.
    /// Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or there is no such interpolation.</exception>
    public Resizing(int height, int width, Interpolation interpolation = Interpolation.Bilinear, bool cropToAspectRatio = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        CheckDefined(interpolation, nameof(interpolation));
        Height = height;
        Width = width;
        Interpolation = interpolation;
        CropToAspectRatio = cropToAspectRatio;
    }

    /// <summary>The height of the output.</summary>
    public int Height { get; }

    /// <summary>The width of the output.</summary>
    public int Width { get; }

    /// <summary>How the value between pixels is found.</summary>
    public Interpolation Interpolation { get; }

    /// <summary>Whether the largest part in the middle that has the ratio of the output is taken.</summary>
    public bool CropToAspectRatio { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => new(Height, Width, Check(input)[2]);

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ImageWindow window = Window(input);
        return (x, _) => window.Apply(x, Height, Width, Interpolation);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return Window(input.Shape).Export(onnx, input, Height, Width, Interpolation);
    }

    private ImageWindow Window(Shape input) => CropToAspectRatio ? ImageWindow.OfRatio(input, Height, Width) : ImageWindow.Whole(input);
}
