using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds to all pixels of each image a number of its own, uniform in a range of parts of the range of values, and cuts off
/// what leaves that range; in training only. At -1 an image is black, at 1 white.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomBrightness</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomBrightness(0.2f)</c> adds -51 to 51 to pixels from 0 to 255.</example>
public sealed record RandomBrightness : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of what is added; within -1 and 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomBrightness(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) => Factor = factor.Within(-1, 1, nameof(factor));

    /// <summary>The range of what is added.</summary>
    public FloatRange Factor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator) =>
        Clip(images.Add(Draw(images, Factor, generator).Multiply(Span)));
}
