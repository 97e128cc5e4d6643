namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A rectified linear unit: min(x, max value) above the threshold, negative slope · (x - threshold) up to it; by default
/// max(0, x). As the activation of another layer it is <see cref="Activation.ReLU"/>.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>ReLU</c>; ONNX: Relu, LeakyRelu, Clip or ThresholdedRelu, or a few nodes where several parameters are given.</para>
/// </summary>
/// <example><c>new ReLU(maxValue: 6)</c></example>
public sealed record ReLU : FunctionLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="maxValue">The largest output, not negative; <see langword="null"/> (the default) for none.</param>
    /// <param name="negativeSlope">The slope up to the threshold; not negative. Default: 0.</param>
    /// <param name="threshold">Above which number x itself is given; not negative. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is negative.</exception>
    public ReLU(float? maxValue = null, float negativeSlope = 0, float threshold = 0) =>
        Function = new ReLUActivation(negativeSlope, maxValue, threshold);

    /// <summary>The largest output; <see langword="null"/> for none.</summary>
    public float? MaxValue => ((ReLUActivation)Function).MaxValue;

    /// <summary>The slope up to the threshold.</summary>
    public float NegativeSlope => ((ReLUActivation)Function).NegativeSlope;

    /// <summary>Above which number x itself is given.</summary>
    public float Threshold => ((ReLUActivation)Function).Threshold;

    private protected override Activation Function { get; }
}
