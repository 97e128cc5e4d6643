using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Rotates each image about its center by an angle of its own, uniform in a range, in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomRotation</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomRotation(0.1f)</c> rotates by -36 to 36 degrees.</example>
public sealed record RandomRotation : AffineAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of angles, in parts of a full turn, counter-clockwise; within -1 and 1.</param>
    /// <param name="fillMode">What stands beyond the borders. Default: <see cref="FillMode.Reflect"/>.</param>
    /// <param name="interpolation">How the value between pixels is found. Default: <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fillValue">The value beyond the borders, with <see cref="FillMode.Constant"/>. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomRotation(
        FloatRange factor, FillMode fillMode = FillMode.Reflect, Interpolation interpolation = Interpolation.Bilinear, float fillValue = 0)
        : base(fillMode, interpolation, fillValue) => Factor = factor.Within(-1, 1, nameof(factor));

    /// <summary>The range of angles, in parts of a full turn, counter-clockwise.</summary>
    public FloatRange Factor { get; }

    private protected override Map DrawMap(Tensor images, Generator generator)
    {
        Tensor angle = Uniform(images, Factor, generator).Multiply(2 * Math.PI);
        Tensor cosine = angle.cos(), sine = angle.sin(), none = zeros_like(angle);
        // y grows downwards, so what comes to the top was at the right.
        return new Map(cosine, sine.neg(), none, sine, cosine, none);
    }
}
