using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts a part of a size out of each image, in training at a random place of its own. At scoring, and where images are
/// smaller than the size in a direction, it takes the largest part in the middle that has the ratio of the size, and
/// resizes it (bilinear).
/// <para>Input <c>[batch, rows, columns, channels]</c>; output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomCrop</c>, which takes one place for all images of a batch; ONNX: Slice and Resize.</para>
/// </summary>
/// <example><c>new RandomCrop(28, 28)</c> turns images of 32 x 32 into ones of 28 x 28.</example>
public sealed record RandomCrop : ImageLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="height">The height of the output; at least 1.</param>
    /// <param name="width">The width of the output; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public RandomCrop(int height, int width)
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
        ImageWindow window = ImageWindow.OfRatio(input, Height, Width);
        bool fits = input[0] >= Height && input[1] >= Width;
        return (x, context) => context.Training && fits
            ? Crop(x, context.RequireGenerator(this))
            : window.Apply(x, Height, Width, Interpolation.Bilinear);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return ImageWindow.OfRatio(input.Shape, Height, Width).Export(onnx, input, Height, Width, Interpolation.Bilinear);
    }

    private Tensor Crop(Tensor images, Generator generator)
    {
        long batch = images.shape[0];
        Tensor rows = Places(images.shape[1] - Height + 1).view(-1, 1, 1).Add(Steps(Height).view(1, -1, 1));
        Tensor columns = Places(images.shape[2] - Width + 1).view(-1, 1, 1).Add(Steps(Width).view(1, 1, -1));
        return images.index(TensorIndex.Tensor(Steps(batch).view(-1, 1, 1)), TensorIndex.Tensor(rows), TensorIndex.Tensor(columns));

        Tensor Steps(long count) => TensorOperations.Arange(0, count, ScalarType.Int64, images.device);

        Tensor Places(long count) => randint(0, count, [batch], ScalarType.Int64, images.device, generator: generator);
    }
}
