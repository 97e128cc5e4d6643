using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// One axis of a tensor, or several, numbered as in Keras: the batch dimension is 0, so that 1 is the first dimension of
/// an example; -1 is the last one. A number, or a list such as <c>[1, 2]</c>, converts to it.
/// </summary>
[CollectionBuilder(typeof(Axes), nameof(Create))]
public readonly struct Axes : IEquatable<Axes>, IReadOnlyList<int>
{
    private static readonly ImmutableArray<int> Last = [-1];

    private readonly ImmutableArray<int> axes;

    /// <summary>Names axes.</summary>
    /// <param name="axes">The axes; none is 0, which is the batch dimension.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none, or one is 0.</exception>
    public Axes(params int[] axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        if (axes.Length == 0 || axes.Contains(0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(axes), $"Axes are numbers other than 0 (the batch dimension), at least one, but [{string.Join(", ", axes)}] was given.");
        }

        this.axes = [.. axes];
    }

    /// <summary>The number of axes.</summary>
    public int Count => Numbers.Length;

    /// <summary>The last axis where nothing was given: the default value.</summary>
    private ImmutableArray<int> Numbers => axes.IsDefault ? Last : axes;

    /// <summary>One of the axes, as it was given.</summary>
    /// <param name="index">The position in the list.</param>
    public int this[int index] => Numbers[index];

    /// <summary>One axis.</summary>
    /// <param name="axis">The axis.</param>
    public static implicit operator Axes(int axis) => new(axis);

    /// <summary>Several axes.</summary>
    /// <param name="axes">The axes.</param>
    public static implicit operator Axes(int[] axes) => new(axes);

    /// <summary>Compares by the numbers given, in their order.</summary>
    /// <param name="left">Axes.</param>
    /// <param name="right">Other axes.</param>
    public static bool operator ==(Axes left, Axes right) => left.Equals(right);

    /// <summary>Compares by the numbers given, in their order.</summary>
    /// <param name="left">Axes.</param>
    /// <param name="right">Other axes.</param>
    public static bool operator !=(Axes left, Axes right) => !left.Equals(right);

    /// <summary>Names axes: what <c>[1, 2]</c> calls.</summary>
    /// <param name="axes">The axes.</param>
    public static Axes Create(ReadOnlySpan<int> axes) => new(axes.ToArray());

    /// <inheritdoc/>
    public bool Equals(Axes other) => Numbers.AsSpan().SequenceEqual(other.Numbers.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Axes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.Join(',', Numbers).GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Numbers).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The number where it is one, else the numbers in brackets.</summary>
    public override string ToString() => Count == 1 ? $"{this[0]}" : $"[{string.Join(", ", Numbers)}]";

    /// <summary>The position of an axis within a shape that has no batch dimension.</summary>
    internal static int Position(Layer layer, IReadOnlyList<Shape> inputs, Shape input, int axis)
    {
        int position = axis < 0 ? input.Rank + axis : axis - 1;
        return position >= 0 && position < input.Rank
            ? position
            : throw new LayerShapeException(
                layer, inputs, $"an input that has axis {axis}",
                $"The axes of {input} are 1 to {input.Rank}, or -1 to -{input.Rank}; 0 would be the batch dimension.");
    }

    /// <summary>The positions within a shape that has no batch dimension, in order.</summary>
    internal int[] Positions(Layer layer, Shape input)
    {
        int[] positions = [.. Numbers.Select(axis => Position(layer, [input], input, axis)).Order()];
        return positions.Distinct().Count() == positions.Length
            ? positions
            : throw new LayerShapeException(layer, [input], $"axes that are different ones, where {this} names one twice");
    }

    /// <summary>The positions, for a layer that works on the last axes only and has a weight of their shape.</summary>
    internal int[] LastPositions(Layer layer, Shape input)
    {
        int[] positions = Positions(layer, input);
        if (positions[0] != input.Rank - positions.Length)
        {
            throw new LayerShapeException(
                layer, [input], $"an axis, or axes, that are the last ones of the input, where {this} was given", "Use Permute to bring them there.");
        }

        return input[positions[0]] != Shape.Variable
            ? positions
            : throw new LayerShapeException(layer, [input], "axes whose lengths are known", "There is a weight for each place along them.");
    }
}
