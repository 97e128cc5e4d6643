using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts the middle of a size out of images, in training and at scoring. An image that is smaller in a direction gives the
/// largest part in its middle that has the ratio of the size, resized (bilinear).
/// <para>Input <c>[batch, rows, columns, channels]</c>; output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>CenterCrop</c>; ONNX: Slice, or Slice and Resize.</para>
/// </summary>
/// <example><c>new CenterCrop(28, 28)</c> turns images of 32 x 32 into ones of 28 x 28, without two pixels at each border.</example>
public sealed record CenterCrop : ImageLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="height">The height of the output; at least 1.</param>
    /// <param name="width">The width of the output; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public CenterCrop(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        Height = height;
        Width = width;
    }

    /// <summary>The height of the output.</summary>
    public int Height { get; }

    /// <summary>The width of the output.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => new(Height, Width, Check(input)[2]);

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ImageWindow window = Window(input);
        return (x, _) => window.Apply(x, Height, Width, Interpolation.Bilinear);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return Window(input.Shape).Export(onnx, input, Height, Width, Interpolation.Bilinear);
    }

    private ImageWindow Window(Shape input) => input[0] >= Height && input[1] >= Width
        ? ImageWindow.Centered(input, Height, Width)
        : ImageWindow.OfRatio(input, Height, Width);
}
