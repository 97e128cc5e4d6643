using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Fades the colors of each image: mixes it with its brightness (as <see cref="RandomGrayscale"/>) by a share of its own,
/// uniform in a range, from 0 (as it was) to 1 (gray); in training only.
/// <para>Input and output <c>[batch, height, width, 3]</c>.</para>
/// <para>Keras: <c>RandomColorDegeneration</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomColorDegeneration(0.5f)</c> takes up to half of the color out.</example>
public sealed record RandomColorDegeneration : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of shares; within 0 and 1.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public RandomColorDegeneration(FloatRange factor, FloatRange? valueRange = null)
        : base(valueRange) => Factor = factor.Within(0, 1, nameof(factor));

    /// <summary>The range of shares.</summary>
    public FloatRange Factor { get; }

    private protected override int? Channels => 3;

    private protected override Tensor Augment(Tensor images, Generator generator) =>
        Clip(images.Add(Colors.Gray(images).sub(images).mul(Draw(images, Factor, generator))));
}
