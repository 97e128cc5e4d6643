using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

public abstract partial record Activation
{
    /// <summary>max(0, x). With other parameters: <see cref="ReLUActivation"/>. Keras: <c>relu</c>; ONNX: Relu.</summary>
    public static Activation ReLU { get; } = new ReLUActivation();

    /// <summary>min(max(0, x), 6). Keras: <c>relu6</c>; ONNX: Clip.</summary>
    public static Activation ReLU6 { get; } = new ReLUActivation(maxValue: 6);
}

/// <summary>
/// min(x, max value) above the threshold, negative slope · (x - threshold) up to it; by default max(0, x). Keras:
/// <c>relu</c>; ONNX: Relu, LeakyRelu, Clip or ThresholdedRelu, or a few nodes where several parameters are given.
/// </summary>
/// <example><c>new ReLUActivation(maxValue: 1)</c> is min(max(0, x), 1).</example>
public sealed record ReLUActivation : Activation
{
    /// <summary>Creates the activation.</summary>
    /// <param name="negativeSlope">The slope up to the threshold; not negative. Default: 0.</param>
    /// <param name="maxValue">The largest output, not negative; <see langword="null"/> (the default) for none.</param>
    /// <param name="threshold">Above which number x itself is given; not negative. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is negative.</exception>
    public ReLUActivation(float negativeSlope = 0, float? maxValue = null, float threshold = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(negativeSlope);
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue ?? 0, nameof(maxValue));
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        (NegativeSlope, MaxValue, Threshold) = (negativeSlope, maxValue, threshold);
    }

    /// <summary>The slope up to the threshold.</summary>
    public float NegativeSlope { get; }

    /// <summary>The largest output; <see langword="null"/> for none.</summary>
    public float? MaxValue { get; }

    /// <summary>Above which number x itself is given.</summary>
    public new float Threshold { get; }

    internal override Tensor ApplyInPlace(Tensor own) => (Threshold, NegativeSlope, MaxValue) == (0, 0, null) ? own.relu_() : Apply(own);

    /// <inheritdoc/>
    public override Tensor Apply(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (Threshold == 0)
        {
            Tensor above = (NegativeSlope, MaxValue) switch
            {
                (0, null) => nn.functional.relu(input),
                (0, { } most) => input.Clip(0, most),
                _ => input.LeakyRelu(NegativeSlope),
            };
            return NegativeSlope != 0 && MaxValue is { } limit ? above.Minimum(limit) : above;
        }

        Tensor upper = MaxValue is { } largest ? input.Minimum(largest) : input;
        return where(input.Greater(Threshold), upper, input.Subtract(Threshold).Multiply(NegativeSlope));
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue Limited(OnnxValue value) => MaxValue is { } limit ? onnx.Elementwise("Min", value, [onnx.Constant([limit])]) : value;
        if (Threshold == 0 && NegativeSlope == 0 && MaxValue is { } most)
        {
            return onnx.Elementwise("Clip", input, [onnx.Constant([0f]), onnx.Constant([most])]);
        }

        if (Threshold == 0)
        {
            return Limited(NegativeSlope == 0
                ? onnx.Elementwise("Relu", input)
                : onnx.Elementwise("LeakyRelu", input, null, OnnxAttribute.Float("alpha", NegativeSlope)));
        }

        OnnxValue above = Limited(onnx.Elementwise("ThresholdedRelu", input, null, OnnxAttribute.Float("alpha", Threshold)));
        if (NegativeSlope == 0)
        {
            return above;
        }

        OnnxValue distance = onnx.Elementwise("Min", onnx.Elementwise("Sub", input, [onnx.Constant([Threshold])]), [onnx.Constant([0f])]);
        return onnx.Binary("Add", above, onnx.Elementwise("Mul", distance, [onnx.Constant([NegativeSlope])]));
    }
}
