using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Puts the dimensions of each example in another order.
/// <para>
/// Input <c>[batch, ...]</c>; output <c>[batch, ...]</c>, permuted. A mask ends here. The number of steps may differ from batch to
/// batch where the first dimension stays the first.
/// </para>
/// <para>Keras: <c>Permute</c>; ONNX: Transpose.</para>
/// </summary>
/// <example><c>new Permute(2, 1)</c> turns <c>[10, 4]</c> into <c>[4, 10]</c>.</example>
public sealed record Permute : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="dims">Which dimension of the input each dimension of the output is; counted from 1, as in Keras.</param>
    /// <exception cref="ArgumentOutOfRangeException">The numbers are not 1, 2, ... in some order.</exception>
    public Permute(params int[] dims)
        : this(ImmutableArray.Create(dims ?? throw new ArgumentNullException(nameof(dims))))
    {
    }

    [JsonConstructor]
    private Permute(ImmutableArray<int> dims)
    {
        if (!dims.Order().SequenceEqual(Enumerable.Range(1, dims.Length)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(dims), $"The dimensions must be the numbers from 1 to {dims.Length} in some order, but [{string.Join(", ", dims)}] was given.");
        }

        Dims = dims;
    }

    /// <summary>Which dimension of the input each dimension of the output is, counted from 1.</summary>
    public ImmutableArray<int> Dims { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => Dims is [1, ..];

    private long[] Permutation => [0, .. Dims];

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(Permute? other) => base.Equals(other) && Dims.AsSpan().SequenceEqual(other.Dims.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), string.Join(',', Dims));

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        if (input.Rank != Dims.Length)
        {
            throw new LayerShapeException(this, [input], $"an input of {Dims.Length} dimensions");
        }

        if (input.HasVariableLength && !AllowsVariableLength)
        {
            throw new LayerShapeException(this, [input], "a known number of steps", "Only the first dimension may differ from batch to batch: leave it the first.");
        }

        return new Shape([.. Dims.Select(dimension => input[dimension - 1])]);
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] permutation = Permutation;
        return (x, _) => x.permute(permutation);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return onnx.Transpose(input, ComputeOutputShape(input.Shape), Permutation);
    }
}
