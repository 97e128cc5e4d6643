using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Multiplies by normally distributed noise of mean 1 in training: the noise has the standard deviation sqrt(rate /
/// (1 - rate)), which is that of <see cref="Dropout"/> (Srivastava et al. 2014). At scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>GaussianDropout</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new GaussianDropout(0.2f)</c> multiplies by noise of standard deviation 0.5.</example>
public sealed record GaussianDropout : StochasticLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The rate of the dropout that is as strong; at least 0 and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public GaussianDropout(float rate) => Rate = CheckRate(rate);

    /// <summary>The rate of the dropout that is as strong.</summary>
    public float Rate { get; }

    private protected override bool IsActive => Rate > 0;

    private protected override Tensor Disturb(Tensor x, Generator generator) =>
        x.mul(empty_like(x).normal_(1, Math.Sqrt(Rate / (1 - (double)Rate)), generator));
}
