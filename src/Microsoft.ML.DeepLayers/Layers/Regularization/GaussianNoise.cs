using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Adds normally distributed noise of mean 0 in training: x + standard deviation · noise. At scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>GaussianNoise</c>; ONNX: nothing.</para>
/// </summary>
/// <example><c>new GaussianNoise(0.1f)</c>.</example>
public sealed record GaussianNoise : StochasticLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="stddev">The standard deviation of the noise, in units of the input; from 0 to 1, as in Keras.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is not within [0, 1].</exception>
    public GaussianNoise(float stddev) => Stddev = stddev is >= 0 and <= 1
        ? stddev
        : throw new ArgumentOutOfRangeException(nameof(stddev), stddev, "The standard deviation must be from 0 to 1.");

    /// <summary>The standard deviation of the noise.</summary>
    public float Stddev { get; }

    private protected override bool IsActive => Stddev > 0;

    private protected override Tensor Disturb(Tensor x, Generator generator) => x.Add(empty_like(x).normal_(0, Stddev, generator));
}
