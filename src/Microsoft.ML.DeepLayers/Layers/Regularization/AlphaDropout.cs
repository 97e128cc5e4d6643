using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Sets a random fraction of its inputs, in training, to the value α' = -1.7581 that SELU gives far below 0, then brings
/// mean and variance back: a · x + b, a = 1 / sqrt((1 - rate) · (1 + rate · α'²)), b = -a · α' · rate. Inputs of mean 0 and
/// variance 1 keep both, which networks of SELU rely on (Klambauer et al. 2017). At scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>AlphaDropout</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new AlphaDropout(0.1f)</c> after <c>new Dense(64, Activation.SELU)</c>.</example>
public sealed record AlphaDropout : StochasticLayer
{
    /// <summary>-α · scale of SELU.</summary>
    private const double Saturation = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946;

    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The fraction that is dropped; at least 0 and below 1.</param>
    /// <param name="noiseShape">The shape in which is decided what is dropped, as with <see cref="Dropout"/>. Default: a decision for each value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public AlphaDropout(float rate, Shape? noiseShape = null) => (Rate, NoiseShape) = (CheckRate(rate), noiseShape);

    /// <summary>The fraction that is dropped.</summary>
    public float Rate { get; }

    /// <summary>The shape in which is decided what is dropped; <see langword="null"/> for a decision for each value.</summary>
    public Shape? NoiseShape { get; }

    private protected override bool IsActive => Rate > 0;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => CheckNoiseShape(input, NoiseShape);

    private protected override Tensor Disturb(Tensor x, Generator generator)
    {
        double kept = 1 - (double)Rate;
        double scale = 1 / Math.Sqrt(kept * (1 + (Rate * Saturation * Saturation)));
        Tensor isKept = Draw(x, NoiseShape, kept, generator);

        // a · (x · kept + α' · (1 - kept)) + b, with what does not depend on x put together.
        Tensor rest = isKept.Multiply(-scale * Saturation).AddInPlace(scale * Saturation * kept);
        return x.mul(isKept.MultiplyInPlace(scale)).Add(rest);
    }
}
