using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Blurs or sharpens each image by a factor of its own, uniform in a range: at 0 it is blurred (each pixel 5/13 of itself and
/// 1/13 of each of its eight neighbors), at 0.5 as it was, at 1 sharpened by as much; in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomSharpness</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomSharpness((0.3f, 0.7f))</c> blurs a little or sharpens a little.</example>
public sealed record RandomSharpness : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of factors; within 0 and 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomSharpness(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) => Factor = factor.Within(0, 1, nameof(factor));

    /// <summary>The range of factors.</summary>
    public FloatRange Factor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor channelsFirst = images.permute(0, 3, 1, 2);
        // The mean of nine pixels is 9/13 of the blur; the pixel itself has 4/13 more. Beyond the borders there are zeros.
        // Padding by libtorch's pooling gives wrong gradients on a GPU.
        Tensor mean = nn.functional.avg_pool2d(nn.functional.pad(channelsFirst, [1, 1, 1, 1]), [3, 3], [1, 1]);
        Tensor smooth = mean.Multiply(9.0 / 13).AddScaled(channelsFirst, 4.0 / 13).permute(0, 2, 3, 1);
        Tensor share = Draw(images, Factor, generator).Multiply(-2).Add(1);
        return Clip(images.Add(smooth.sub(images).mul(share)));
    }
}
