using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Vectors are brought to a norm between two bounds, at once or a part of the way in each step: w · wanted / (‖w‖ + 1e-7)
/// with wanted = rate · min(max(‖w‖, min value), max value) + (1 - rate) · ‖w‖. Keras: <c>MinMaxNorm</c>.
/// </summary>
public sealed record MinMaxNorm : NormConstraint
{
    /// <summary>Creates the constraint.</summary>
    /// <param name="minValue">The smallest norm; not negative. Default: 0.</param>
    /// <param name="maxValue">The largest norm; not below the smallest. Default: 1.</param>
    /// <param name="rate">The part of the way that a step goes; from 0 to 1, the default.</param>
    /// <param name="axis">
    /// The axes along which a vector runs, as Keras counts them: see <see cref="NormConstraint"/>. Default: axis 0.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ArgumentException">An axis is given twice.</exception>
    public MinMaxNorm(float minValue = 0, float maxValue = 1, float rate = 1, ImmutableArray<int> axis = default)
        : base(axis)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxValue, minValue);
        if (rate is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be from 0 to 1.");
        }

        (MinValue, MaxValue, Rate) = (minValue, maxValue, rate);
    }

    /// <summary>The smallest norm.</summary>
    public float MinValue { get; }

    /// <summary>The largest norm.</summary>
    public float MaxValue { get; }

    /// <summary>The part of the way that a step goes.</summary>
    public float Rate { get; }

    private protected override Tensor Wanted(Tensor norms) => norms.Clip(MinValue, MaxValue).Multiply(Rate).AddScaled(norms, 1 - (double)Rate);
}
