using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Stretches the pixels of each image about the mean of their channel by a factor of its own, uniform between 1 - lower and
/// 1 + upper, and cuts off what leaves the range of values; in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomContrast</c> as its documentation says (in its code a single number never lowers the contrast); ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomContrast(0.2f)</c> stretches by 0.8 to 1.2.</example>
public sealed record RandomContrast : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">Lower and upper, within 0 and 1; a single number stands for both.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomContrast(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) =>
        Factor = (factor.Lower == -factor.Upper ? new FloatRange(factor.Upper, factor.Upper) : factor).Within(0, 1, nameof(factor));

    /// <summary>Lower and upper.</summary>
    public FloatRange Factor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor mean = images.mean([1, 2], keepdim: true);
        Tensor stretch = Draw(images, new FloatRange(1 - Factor.Lower, 1 + Factor.Upper), generator);
        return Clip(images.sub(mean).mul(stretch).Add(mean));
    }
}
