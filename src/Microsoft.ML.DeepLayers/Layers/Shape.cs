using System.Collections;
using System.Collections.Immutable;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The shape of one example: its dimensions without the batch dimension, channels last, e.g. <c>[28, 28, 1]</c>.
/// An immutable value that compares by its dimensions.
/// </summary>
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    /// <summary>
    /// A first dimension that differs from batch to batch: the number of steps of sequences of different lengths. Keras
    /// writes <c>None</c>.
    /// </summary>
    public const int Variable = -1;

    private readonly ImmutableArray<int> dimensions;

    /// <summary>Creates a shape.</summary>
    /// <param name="dimensions">
    /// The dimensions without the batch dimension, each at least 1; the first may be <see cref="Variable"/>; none for a
    /// single number.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is below 1.</exception>
    public Shape(params int[] dimensions)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        for (int i = 0; i < dimensions.Length; i++)
        {
            if (dimensions[i] < 1 && !(i == 0 && dimensions[i] == Variable))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(dimensions),
                    $"Every dimension of a shape must be at least 1 (or the first Shape.Variable), but [{string.Join(", ", dimensions)}] was given.");
            }
        }

        this.dimensions = [.. dimensions];
    }

    /// <summary>The number of dimensions, without the batch dimension.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>Whether the first dimension is <see cref="Variable"/>.</summary>
    public bool HasVariableLength => Rank > 0 && Dimensions[0] == Variable;

    /// <summary>The number of values in one example: the product of the dimensions.</summary>
    /// <exception cref="InvalidOperationException">The first dimension is <see cref="Variable"/>.</exception>
    public long Size => HasVariableLength
        ? throw new InvalidOperationException($"A shape of variable length, {this}, has no size.")
        : Dimensions.Aggregate(1L, (product, dimension) => product * dimension);

    int IReadOnlyCollection<int>.Count => Rank;

    private ImmutableArray<int> Dimensions => dimensions.IsDefault ? [] : dimensions;

    /// <summary>One dimension; negative positions count from the end, as in Keras.</summary>
    /// <param name="index">The position, from 0, or from -1 backwards.</param>
    public int this[int index] => Dimensions[index < 0 ? Rank + index : index];

    /// <summary>Makes a shape of an array of dimensions.</summary>
    /// <param name="dimensions">The dimensions without the batch dimension.</param>
    public static implicit operator Shape(int[] dimensions) => new(dimensions);

    /// <summary>Compares by dimensions.</summary>
    /// <param name="left">One shape.</param>
    /// <param name="right">The other shape.</param>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Compares by dimensions.</summary>
    /// <param name="left">One shape.</param>
    /// <param name="right">The other shape.</param>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The same shape with one dimension replaced.</summary>
    /// <param name="index">The position; negative positions count from the end.</param>
    /// <param name="dimension">The new dimension.</param>
    public Shape With(int index, int dimension)
    {
        int[] changed = [.. Dimensions];
        changed[index < 0 ? Rank + index : index] = dimension;
        return new Shape(changed);
    }

    /// <summary>
    /// The dimensions with a batch dimension in front, as TorchSharp and ONNX write them. A variable length is -1.
    /// </summary>
    /// <param name="batch">The batch dimension; -1 where it is to be inferred.</param>
    public long[] WithBatch(long batch) => [batch, .. Dimensions.Select(dimension => (long)dimension)];

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (int dimension in Dimensions)
        {
            hash.Add(dimension);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Dimensions).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The dimensions in brackets, e.g. <c>[28, 28, 1]</c>, or <c>[None, 8]</c> for a variable length.</summary>
    public override string ToString() =>
        $"[{string.Join(", ", Dimensions.Select(dimension => dimension == Variable ? "None" : $"{dimension}"))}]";
}
