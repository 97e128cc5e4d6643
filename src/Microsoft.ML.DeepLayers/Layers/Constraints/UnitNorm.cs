using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>All vectors get the norm 1: w / (‖w‖ + 1e-7). Keras: <c>UnitNorm</c>.</summary>
public sealed record UnitNorm : NormConstraint
{
    /// <summary>Creates the constraint.</summary>
    /// <param name="axis">
    /// The axes along which a vector runs, as Keras counts them: see <see cref="NormConstraint"/>. Default: axis 0.
    /// </param>
    /// <exception cref="ArgumentException">An axis is given twice.</exception>
    public UnitNorm(ImmutableArray<int> axis = default)
        : base(axis)
    {
    }

    private protected override Tensor Wanted(Tensor norms) => ones_like(norms);
}
