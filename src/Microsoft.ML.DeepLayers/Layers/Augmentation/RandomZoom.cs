using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Zooms each image about its center by factors of its own, uniform in ranges, in training only: a factor of 0.2 shows 20%
/// more of the height (zooms out), one of -0.2 shows 20% less.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomZoom</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomZoom(0.2f)</c> shows 20% less to 20% more, in both directions alike.</example>
public sealed record RandomZoom : AffineAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="heightFactor">The range of factors of the height; within -1 and 1.</param>
    /// <param name="widthFactor">That of the width; left out to zoom both directions alike.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Reflect"/>.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomZoom(
        FloatRange heightFactor,
        FloatRange? widthFactor = null,
        FillMode fillMode = FillMode.Reflect,
        Interpolation interpolation = Interpolation.Bilinear,
        float fillValue = 0)
        : base(fillMode, interpolation, fillValue)
    {
        HeightFactor = heightFactor.Within(-1, 1, nameof(heightFactor));
        WidthFactor = widthFactor?.Within(-1, 1, nameof(widthFactor));
    }

    /// <summary>The range of factors of the height.</summary>
    public FloatRange HeightFactor { get; }

    /// <summary>The range of factors of the width; <see langword="null"/> for those of the height.</summary>
    public FloatRange? WidthFactor { get; }

    private protected override Map DrawMap(Tensor images, Generator generator)
    {
        Tensor height = Uniform(images, HeightFactor, generator).Add(1);
        Tensor width = WidthFactor is { } factor ? Uniform(images, factor, generator).Add(1) : height;
        Tensor none = zeros_like(height);
        return new Map(width, none, none, none, height, none);
    }
}
