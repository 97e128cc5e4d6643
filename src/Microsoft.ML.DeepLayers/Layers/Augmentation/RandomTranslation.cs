using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Moves each image down and to the right by parts of its height and width of its own, uniform in ranges, in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomTranslation</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomTranslation(0.1f, 0.1f)</c> moves by up to a tenth of each side.</example>
public sealed record RandomTranslation : AffineAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="heightFactor">The range of movements down, in parts of the height (negative: up); within -1 and 1.</param>
    /// <param name="widthFactor">The range of movements to the right, in parts of the width (negative: left); within -1 and 1.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Reflect"/>.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomTranslation(
        FloatRange heightFactor,
        FloatRange widthFactor,
        FillMode fillMode = FillMode.Reflect,
        Interpolation interpolation = Interpolation.Bilinear,
        float fillValue = 0)
        : base(fillMode, interpolation, fillValue)
    {
        HeightFactor = heightFactor.Within(-1, 1, nameof(heightFactor));
        WidthFactor = widthFactor.Within(-1, 1, nameof(widthFactor));
    }

    /// <summary>The range of movements down, in parts of the height.</summary>
    public FloatRange HeightFactor { get; }

    /// <summary>The range of movements to the right, in parts of the width.</summary>
    public FloatRange WidthFactor { get; }

    private protected override Map DrawMap(Tensor images, Generator generator)
    {
        Tensor down = Uniform(images, HeightFactor, generator).Multiply(images.shape[1]);
        Tensor right = Uniform(images, WidthFactor, generator).Multiply(images.shape[2]);
        Tensor one = ones_like(down), none = zeros_like(down);
        return new Map(one, none, right.neg(), none, one, down.neg());
    }
}
