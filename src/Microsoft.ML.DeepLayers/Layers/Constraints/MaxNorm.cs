using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Vectors longer than a norm are cut to it (Srivastava et al. 2014): w · min(‖w‖, max value) / (‖w‖ + 1e-7). Keras: <c>MaxNorm</c>.
/// </summary>
/// <example><c>new MaxNorm(2)</c> for a <c>Dense</c> layer, <c>new MaxNorm(2, [0, 1, 2])</c> for a <c>Conv2D</c>.</example>
public sealed record MaxNorm : NormConstraint
{
    /// <summary>Creates the constraint.</summary>
    /// <param name="maxValue">The largest norm; not negative. Default: 2.</param>
    /// <param name="axis">
    /// The axes along which a vector runs, as Keras counts them: see <see cref="NormConstraint"/>. Default: axis 0.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The norm is negative.</exception>
    /// <exception cref="ArgumentException">An axis is given twice.</exception>
    public MaxNorm(float maxValue = 2, ImmutableArray<int> axis = default)
        : base(axis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        MaxValue = maxValue;
    }

    /// <summary>The largest norm.</summary>
    public float MaxValue { get; }

    private protected override Tensor Wanted(Tensor norms) => norms.Clip(0, MaxValue);
}
