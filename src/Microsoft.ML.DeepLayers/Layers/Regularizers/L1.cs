using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Adds factor · Σ |w| to the loss, which makes many weights 0. Keras: <c>L1</c>.</summary>
public sealed record L1 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="factor">The factor; not negative. Default: 0.01. Keras: <c>l1</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or no number.</exception>
    public L1(float factor = 0.01f) => Factor = CheckFactor(factor, nameof(factor));

    /// <summary>The factor.</summary>
    public float Factor { get; }

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.abs().sum().Multiply(Factor);
    }
}
