using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Adds l1 · Σ |w| + l2 · Σ w² to the loss. Keras: <c>L1L2</c>.</summary>
public sealed record L1L2 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="l1">The factor of the absolute values; not negative. Default: 0.</param>
    /// <param name="l2">The factor of the squares; not negative. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is negative or no number.</exception>
    public L1L2(float l1 = 0, float l2 = 0) => (L1, L2) = (CheckFactor(l1, nameof(l1)), CheckFactor(l2, nameof(l2)));

    /// <summary>The factor of the absolute values.</summary>
    public float L1 { get; }

    /// <summary>The factor of the squares.</summary>
    public float L2 { get; }

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.abs().sum().Multiply(L1).AddScaled(input.Square().sum(), L2);
    }
}
