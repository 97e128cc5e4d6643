using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Sets a random fraction of the examples of a batch to zero as a whole in training, and divides the others by 1 - rate:
/// behind a residual branch, whose sum with its input is then the input alone (stochastic depth, Huang et al. 2016). At
/// scoring it does nothing.
/// <para>Input and output <c>[batch, ...]</c>, the same shape.</para>
/// <para>Keras: <c>DropPath</c> (of KerasCV); ONNX: nothing.</para>
/// </summary>
/// <example><c>new Add().Apply(x, new DropPath(0.1f).Apply(branch))</c>.</example>
public sealed record DropPath : StochasticLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The fraction of the examples that is dropped; at least 0 and below 1. Default: 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public DropPath(float rate = 0.5f) => Rate = CheckRate(rate);

    /// <summary>The fraction of the examples that is dropped.</summary>
    public float Rate { get; }

    private protected override bool IsActive => Rate > 0;

    private protected override Tensor Disturb(Tensor x, Generator generator)
    {
        double kept = 1 - (double)Rate;
        Shape whole = new([.. Enumerable.Repeat(1, (int)x.dim() - 1)]);
        return x.mul(Draw(x, whole, kept, generator).DivideInPlace(kept));
    }
}
