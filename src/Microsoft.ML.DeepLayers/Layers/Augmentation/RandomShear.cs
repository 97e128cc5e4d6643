using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Shears each image by factors of its own, uniform in ranges, both with the same random sign, in training only: the row
/// y (from 0) comes from x factor · y pixels further right, the column x from y factor · x pixels further down.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomShear</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomShear(xFactor: 0.2f)</c> moves each row by up to 0.2 pixels more than the one above.</example>
public sealed record RandomShear : AffineAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="xFactor">The range of factors along the rows; within 0 and 1. Default: 0.</param>
    /// <param name="yFactor">The range of factors along the columns; within 0 and 1. Default: 0.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Reflect"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomShear(
        FloatRange xFactor = default,
        FloatRange yFactor = default,
        Interpolation interpolation = Interpolation.Bilinear,
        FillMode fillMode = FillMode.Reflect,
        float fillValue = 0)
        : base(fillMode, interpolation, fillValue)
    {
        XFactor = xFactor.Within(0, 1, nameof(xFactor));
        YFactor = yFactor.Within(0, 1, nameof(yFactor));
    }

    /// <summary>The range of factors along the rows.</summary>
    public FloatRange XFactor { get; }

    /// <summary>The range of factors along the columns.</summary>
    public FloatRange YFactor { get; }

    private protected override Map DrawMap(Tensor images, Generator generator)
    {
        Tensor sign = Uniform(images, 1, generator).sign();
        Tensor along = Uniform(images, XFactor, generator).mul(sign), down = Uniform(images, YFactor, generator).mul(sign);
        Tensor one = ones_like(sign);
        // The pixel at the top left stays where it is.
        return new Map(one, along, along.Multiply((images.shape[1] - 1) / 2.0), down, one, down.Multiply((images.shape[2] - 1) / 2.0));
    }
}
