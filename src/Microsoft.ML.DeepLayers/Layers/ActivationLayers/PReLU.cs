using System.Collections.Immutable;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A rectified linear unit whose slope below 0 is trained: x above 0, alpha · x below (He et al. 2015). Each position of an
/// example has an alpha of its own, but for axes along which they are shared.
/// <para>Input and output <c>[batch, ...]</c>, the same shape. Alpha is stored as <c>[...]</c>, with 1 for shared axes.</para>
/// <para>Keras: <c>PReLU</c>; ONNX: PRelu.</para>
/// </summary>
/// <example><c>new PReLU(sharedAxes: [1, 2])</c> has one alpha for each channel of an image.</example>
public sealed record PReLU : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="alphaInitializer">How the slopes start. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="alphaRegularizer">What the size of the slopes adds to the loss. Default: nothing.</param>
    /// <param name="alphaConstraint">What the slopes must satisfy. Default: nothing.</param>
    /// <param name="sharedAxes">The axes along which slopes are shared, counted from 1 (the batch being 0). Default: none.</param>
    /// <exception cref="ArgumentOutOfRangeException">An axis is below 1.</exception>
    public PReLU(
        Initializer? alphaInitializer = null,
        Regularizer? alphaRegularizer = null,
        Constraint? alphaConstraint = null,
        ImmutableArray<int> sharedAxes = default)
    {
        AlphaInitializer = alphaInitializer ?? Constant.Zeros;
        AlphaRegularizer = alphaRegularizer;
        AlphaConstraint = alphaConstraint;
        SharedAxes = sharedAxes.IsDefault ? [] : sharedAxes;
        if (SharedAxes.Any(axis => axis < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sharedAxes), $"Axes are counted from 1, the batch being 0, but [{string.Join(", ", SharedAxes)}] was given.");
        }
    }

    /// <summary>How the slopes start.</summary>
    public Initializer AlphaInitializer { get; }

    /// <summary>What the size of the slopes adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? AlphaRegularizer { get; }

    /// <summary>What the slopes must satisfy after each step; <see langword="null"/> for nothing.</summary>
    public Constraint? AlphaConstraint { get; }

    /// <summary>The axes along which slopes are shared, counted from 1.</summary>
    public ImmutableArray<int> SharedAxes { get; }

    /// <summary>Whether the number of steps may vary: where they share their slopes.</summary>
    public override bool AllowsVariableLength => SharedAxes.Contains(1);

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(PReLU? other) => base.Equals(other)
        && AlphaInitializer.Equals(other.AlphaInitializer)
        && Equals(AlphaRegularizer, other.AlphaRegularizer)
        && Equals(AlphaConstraint, other.AlphaConstraint)
        && SharedAxes.AsSpan().SequenceEqual(other.SharedAxes.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(base.GetHashCode(), AlphaInitializer, AlphaRegularizer, AlphaConstraint, string.Join(',', SharedAxes));

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        if (SharedAxes.Any(axis => axis > input.Rank))
        {
            throw new LayerShapeException(this, [input], $"an input that has the shared axes {string.Join(", ", SharedAxes)} (the first of an example is 1)");
        }

        return AlphaShape(input).HasVariableLength
            ? throw new LayerShapeException(this, [input], "a known number of steps", "For sequences of any length, share the slopes of all steps: sharedAxes: [1].")
            : input;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
        [new WeightSpec("alpha", AlphaShape(input), AlphaInitializer) { Regularizer = AlphaRegularizer, Constraint = AlphaConstraint }];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor alpha = builder.Weight("alpha");
        return (x, _) => x.Maximum(0).Add(x.Minimum(0).mul(alpha));
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue alpha = onnx.Weight("alpha");
        int rank = input.Shape.Rank;
        if (!input.ChannelsFirst || rank < 2)
        {
            return onnx.Node("PRelu", [input, alpha], input.Shape);
        }

        // Between convolutions the data stays as it is, and the slopes are brought into its order, once.
        OnnxValue turned = onnx.Transpose(alpha, alpha.Shape, [rank - 1, .. Enumerable.Range(0, rank - 1).Select(axis => (long)axis)]);
        return onnx.ChannelsFirstNode("PRelu", [input, turned], input.Shape);
    }

    private Shape AlphaShape(Shape input) => SharedAxes.Aggregate(input, (shape, axis) => shape.With(axis - 1, 1));
}
