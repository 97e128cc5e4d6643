using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Mirrors each image with a probability of one half, in training only.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomFlip</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomFlip(FlipMode.Horizontal)</c> suits photographs, which stand upright.</example>
public sealed record RandomFlip : ImageAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="mode">
    /// How. Default: <see cref="FlipMode.HorizontalAndVertical"/>, which as in Keras 3 does both at once or nothing; two layers
    /// one behind the other decide each by itself.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    public RandomFlip(FlipMode mode = FlipMode.HorizontalAndVertical)
    {
        CheckDefined(mode, nameof(mode));
        Mode = mode;
    }

    /// <summary>How.</summary>
    public FlipMode Mode { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor flips = Draw(images, new FloatRange(0, 1), generator).LessEqual(0.5);
        long[] axes = Mode switch
        {
            FlipMode.Horizontal => [2],
            FlipMode.Vertical => [1],
            _ => [1, 2],
        };
        return images.flip(axes).where(flips, images);
    }
}
