using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What <see cref="MaxNorm"/>, <see cref="UnitNorm"/> and <see cref="MinMaxNorm"/> have in common: they scale vectors within
/// a weight to another length.
/// <para>
/// The axes are those of Keras's weights, whatever the order in which a layer of this library stores them. A <c>Dense</c>
/// kernel is <c>[inputs, units]</c> and axis 0 gives the vector of each unit; a <c>Conv2D</c> kernel is <c>[height, width,
/// channels, filters]</c> and the axes 0, 1, 2 give the vector of each filter; a recurrent kernel is <c>[units, gates ·
/// units]</c>.
/// </para>
/// </summary>
public abstract record NormConstraint : Constraint
{
    // What Keras adds to norms before it divides by them.
    private const double Epsilon = 1e-7;

    private protected NormConstraint(ImmutableArray<int> axis)
    {
        Axis = axis.IsDefaultOrEmpty ? [0] : axis;
        if (Axis.Distinct().Count() != Axis.Length)
        {
            throw new ArgumentException($"Each axis can be given once, but [{string.Join(", ", Axis)}] was given.", nameof(axis));
        }
    }

    /// <summary>The axes along which a vector runs, from 0, or from -1 backwards.</summary>
    public ImmutableArray<int> Axis { get; }

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other constraint.</param>
    public virtual bool Equals(NormConstraint? other) => base.Equals(other) && Axis.AsSpan().SequenceEqual(other.Axis.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), string.Join(',', Axis));

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The weight has no such axis.</exception>
    public sealed override Tensor Project(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        long rank = weight.dim();
        if (Axis.Any(axis => axis < -rank || axis >= rank))
        {
            throw new InvalidOperationException(
                $"{GetType().Name} is along the axes [{string.Join(", ", Axis)}], but in Keras's order the weight is [{string.Join(", ", weight.shape)}].");
        }

        Tensor norms = weight.Square().sum([.. Axis.Select(axis => (long)axis)], keepdim: true).sqrt();
        return weight.mul(Wanted(norms).div(norms.Add(Epsilon)));
    }

    /// <summary>The norms that the vectors are to have.</summary>
    private protected abstract Tensor Wanted(Tensor norms);
}
