using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds to the pixels of each image a number of its own, and inverts those that reach a threshold of its own (lower + upper
/// end of the range - value); in training only. Both numbers are uniform in ranges of parts of the range of values.
/// <para>Input and output <c>[batch, height, width, channels]</c>.</para>
/// <para>Keras: <c>Solarization</c> (whose lower ends are pixels of 255, not parts); ONNX: nothing.</para>
/// </summary>
/// <example><c>new Solarization(thresholdFactor: (0.5f, 0.5f))</c> inverts the brighter half of the values.</example>
public sealed record Solarization : ColorAugmentation
{
    /// <summary>Creates the layer.</summary>
    /// <param name="additionFactor">The range of what is added; within 0 and 1. Default: 0.</param>
    /// <param name="thresholdFactor">The range of thresholds; within 0 and 1. Default: 0, which inverts all pixels.</param>
    /// <param name="valueRange">The range of pixel values. Default: 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is out of range.</exception>
    public Solarization(FloatRange additionFactor = default, FloatRange thresholdFactor = default, FloatRange? valueRange = null)
        : base(valueRange)
    {
        AdditionFactor = additionFactor.Within(0, 1, nameof(additionFactor));
        ThresholdFactor = thresholdFactor.Within(0, 1, nameof(thresholdFactor));
    }

    /// <summary>The range of what is added.</summary>
    public FloatRange AdditionFactor { get; }

    /// <summary>The range of thresholds.</summary>
    public FloatRange ThresholdFactor { get; }

    private protected override Tensor Augment(Tensor images, Generator generator)
    {
        Tensor raised = Clip(images.Add(Draw(images, AdditionFactor, generator).Multiply(Span)));
        Tensor threshold = Draw(images, ThresholdFactor, generator).Multiply(Span).Add(Darkest);
        return raised.where(raised.lt(threshold), raised.neg().Add((double)Darkest + Brightest));
    }
}
