using System.Globalization;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cuts a part of a random size and form out of each image and brings it to a size; in training at a place of its own. The
/// part's area is uniform in a range of parts of the image's, the logarithm of its ratio of width to height in that of a range,
/// which is narrowed where an image cannot hold such a part. At scoring it takes the largest part in the middle that has the
/// ratio of the size. There is no smoothing where a part is made smaller (Szegedy et al. 2015).
/// <para>Input <c>[batch, rows, columns, channels]</c>; output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomResizedCrop</c>, which takes one part for all images of a batch; ONNX: Slice and Resize.</para>
/// </summary>
/// <example><c>new RandomResizedCrop(224, 224)</c>, the first augmentation of most networks that are trained on photographs.</example>
public sealed record RandomResizedCrop : ImageLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="height">The height of the output; at least 1.</param>
    /// <param name="width">The width of the output; at least 1.</param>
    /// <param name="scale">The range of areas, in parts of the image's; above 0, at most 1. Left out: 0.08 to 1.</param>
    /// <param name="ratio">The range of ratios of width to height in pixels; above 0. Left out: 3/4 to 4/3 (Keras: 0.75 to 1.33).</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomResizedCrop(
        int height, int width, FloatRange? scale = null, FloatRange? ratio = null, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        CheckDefined(interpolation, nameof(interpolation));
        Height = height;
        Width = width;
        Scale = Positive(scale ?? new FloatRange(0.08f, 1), 1, nameof(scale));
        Ratio = Positive(ratio ?? new FloatRange(3 / 4f, 4 / 3f), float.MaxValue, nameof(ratio));
        Interpolation = interpolation;
    }

    /// <summary>The height of the output.</summary>
    public int Height { get; }

    /// <summary>The width of the output.</summary>
    public int Width { get; }

    /// <summary>The range of areas, in parts of the image's.</summary>
    public FloatRange? Scale { get; }

    /// <summary>The range of ratios of width to height.</summary>
    public FloatRange? Ratio { get; }

    /// <summary>How the value between pixels is found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => new(Height, Width, Check(input)[2]);

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ImageWindow window = ImageWindow.OfRatio(input, Height, Width);
        return (x, context) => context.Training
            ? Crop(x, context.RequireGenerator(this))
            : window.Apply(x, Height, Width, Interpolation);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return ImageWindow.OfRatio(input.Shape, Height, Width).Export(onnx, input, Height, Width, Interpolation);
    }

    private Tensor Crop(Tensor images, Generator generator)
    {
        double rows = images.shape[1], columns = images.shape[2];
        FloatRange logarithms = new(MathF.Log(Ratio!.Value.Lower), MathF.Log(Ratio.Value.Upper));
        Tensor area = Draw(images, Scale!.Value, generator).view(-1);
        // Of the part's height and width neither may exceed the image's: with a share a of its area, the ratio lies between
        // a · columns / rows and columns / (a · rows).
        Tensor ratio = Draw(images, logarithms, generator).view(-1).exp()
            .maximum(area.Multiply(columns / rows)).minimum(area.reciprocal().Multiply(columns / rows));
        Tensor width = area.mul(ratio).Multiply(rows / columns).sqrt(), height = area.div(ratio).Multiply(columns / rows).sqrt();
        Tensor none = zeros_like(area);
        // Parts of the image, as grid sampling wants them: it counts from -1 to 1.
        Tensor[] numbers = [width, none, Middle(width), none, height, Middle(height)];
        Tensor grid = nn.functional.affine_grid(
            stack(numbers, -1).view(-1, 2, 3), [images.shape[0], 1, Height, Width], align_corners: false);
        GridSampleMode mode = Interpolation == Interpolation.Nearest ? GridSampleMode.Nearest : GridSampleMode.Bilinear;
        return nn.functional.grid_sample(images.permute(0, 3, 1, 2), grid, mode, GridSamplePaddingMode.Border, align_corners: false)
            .permute(0, 2, 3, 1);

        Tensor Middle(Tensor length) => Draw(images, 1, generator).view(-1).mul(length.neg().Add(1));
    }

    private static FloatRange Positive(FloatRange range, float upper, string parameter) => range.Lower > 0 && range.Upper <= upper
        ? range
        : throw new ArgumentOutOfRangeException(
            parameter, range, upper == float.MaxValue ? "It must be above 0." : string.Create(CultureInfo.InvariantCulture, $"It must be above 0 and at most {upper}."));
}
