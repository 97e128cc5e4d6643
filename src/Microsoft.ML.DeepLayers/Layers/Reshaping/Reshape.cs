using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Gives each example another shape with as many values, the last dimension running fastest.
/// <para>Input <c>[batch, ...]</c>; output <c>[batch, ...target shape]</c>. A mask ends here.</para>
/// <para>Keras: <c>Reshape</c>; ONNX: Reshape.</para>
/// </summary>
/// <example><c>new Reshape(-1, 4)</c> turns <c>[6, 6]</c> into <c>[9, 4]</c>.</example>
public sealed record Reshape : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="targetShape">The new dimensions without the batch dimension, each at least 1; one may be -1, which stands for what is left.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is neither -1 nor at least 1, or more than one is -1.</exception>
    public Reshape(params int[] targetShape)
        : this(ImmutableArray.Create(targetShape ?? throw new ArgumentNullException(nameof(targetShape))))
    {
    }

    [JsonConstructor]
    private Reshape(ImmutableArray<int> targetShape)
    {
        if (targetShape.Any(dimension => dimension is < 1 and not -1) || targetShape.Count(dimension => dimension == -1) > 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(targetShape), $"Every dimension must be at least 1, or -1 for at most one of them, but [{string.Join(", ", targetShape)}] was given.");
        }

        TargetShape = targetShape;
    }

    /// <summary>The new dimensions; one may be -1, which stands for what is left.</summary>
    public ImmutableArray<int> TargetShape { get; }

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(Reshape? other) => base.Equals(other) && TargetShape.AsSpan().SequenceEqual(other.TargetShape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), string.Join(',', TargetShape));

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        if (input.HasVariableLength)
        {
            throw new LayerShapeException(this, [input], "a known number of steps");
        }

        long known = TargetShape.Where(dimension => dimension > 0).Aggregate(1L, (product, dimension) => product * dimension);
        bool fits = TargetShape.Contains(-1) ? input.Size % known == 0 : input.Size == known;
        return fits
            ? new Shape([.. TargetShape.Select(dimension => dimension > 0 ? dimension : checked((int)(input.Size / known)))])
            : throw new LayerShapeException(
                this, [input], $"an input that fits into [{string.Join(", ", TargetShape)}]",
                $"The input has {input.Size} values, the target shape needs {(TargetShape.Contains(-1) ? "a multiple of " : "")}{known}.");
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] shape = ComputeOutputShape(input).WithBatch(-1);
        return (x, _) => x.reshape(shape);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return onnx.Reshape(input, ComputeOutputShape(input.Shape));
    }
}
