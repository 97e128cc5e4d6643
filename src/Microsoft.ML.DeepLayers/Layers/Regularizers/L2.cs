using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>Adds factor · Σ w² to the loss, which keeps weights small. Keras: <c>L2</c>.</summary>
public sealed record L2 : Regularizer
{
    /// <summary>Creates the regularizer.</summary>
    /// <param name="factor">The factor; not negative. Default: 0.01. Keras: <c>l2</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is negative or no number.</exception>
    public L2(float factor = 0.01f) => Factor = CheckFactor(factor, nameof(factor));

    /// <summary>The factor.</summary>
    public float Factor { get; }

    /// <inheritdoc/>
    public override Tensor Penalty(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Square().sum().Multiply(Factor);
    }
}
