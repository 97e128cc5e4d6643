using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Fills a rectangle of each image, with a probability that is itself uniform in a range; in training only (Zhong et al.
/// 2020). The sides of the rectangle are the square roots of two numbers, each uniform in a range, of those of the image.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>RandomErasing</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new RandomErasing((0.5f, 0.5f), fillValue: 0)</c> blackens a rectangle in half of the images.</example>
public sealed record RandomErasing : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="factor">The range of probabilities; within 0 and 1. Left out: 0 to 1.</param>
    /// <param name="scale">The range of the squares of the sides; within 0 and 1. Left out: 0.02 to 0.33.</param>
    /// <param name="fillValue">What fills the rectangle; left out for noise, normal with the upper end of the range of values as deviation.</param>
    /// <param name="valueRange">The range of pixel values, at which the filling is cut. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public RandomErasing(FloatRange? factor = null, FloatRange? scale = null, float? fillValue = null, FloatRange? valueRange = null)
        : base(valueRange)
    {
        Factor = (factor ?? 1f).Within(0, 1, nameof(factor));
        Scale = (scale ?? new FloatRange(0.02f, 0.33f)).Within(0, 1, nameof(scale));
        if (fillValue is { } value && !float.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(fillValue), fillValue, "The fill value must be finite.");
        }

        FillValue = fillValue;
    }

    /// <summary>The range of probabilities.</summary>
    public FloatRange? Factor { get; }

    /// <summary>The range of the squares of the sides.</summary>
    public FloatRange? Scale { get; }

    /// <summary>What fills the rectangle; <see langword="null"/> for noise.</summary>
    public float? FillValue { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor erased = Side(1, [1, -1, 1, 1]).logical_and(Side(2, [1, 1, -1, 1]))
            .logical_and(Chance(images, Factor!.Value, generator));
        Tensor filling = Clip(FillValue is { } value
            ? images.FullLike(value)
            : empty_like(images).normal_(0, Math.Abs(Brightest), generator));
        return filling.where(erased, images);

        Tensor Side(int axis, long[] shape)
        {
            Tensor length = Draw(images, Scale!.Value, generator).sqrt().Multiply(images.shape[axis]);
            Tensor start = Draw(images, new FloatRange(0, 1), generator).mul(length.neg().Add(images.shape[axis]));
            Tensor places = TensorOperations.Arange(0, images.shape[axis], images.dtype, images.device).view(shape);
            return places.ge(start).logical_and(places.lt(start.Add(length)));
        }
    }
}
