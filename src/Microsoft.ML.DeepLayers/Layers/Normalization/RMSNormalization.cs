using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Divides each example, along one axis or several, by the root of its mean square, and scales it place by place:
/// scale · x / sqrt(mean(x²) + epsilon) (Zhang and Sennrich 2019). Training and scoring do the same.
/// <para>
/// Input and output <c>[batch, ...]</c>, the same shape. The scale has the lengths of the axes, which must be the last
/// ones of the input; it starts with 1. As in Keras, a mask ends here.
/// </para>
/// <para>Keras: <c>RMSNormalization</c>; ONNX: Pow, ReduceMean, Add, Sqrt, Div and Mul.</para>
/// </summary>
/// <example><c>new RMSNormalization()</c> normalizes each step of sequences <c>[100, 64]</c>.</example>
public sealed record RMSNormalization : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axes to normalize along, the last ones; 0 is the batch, as in Keras. Default: -1, the last.</param>
    /// <param name="epsilon">What is added to the mean square; above 0. Default: 0.000001.</param>
    /// <exception cref="ArgumentOutOfRangeException">Epsilon is not above 0.</exception>
    public RMSNormalization(Axes axis = default, float epsilon = 1e-6f) =>
        (Axis, Epsilon) = (axis, AffineNormalization.CheckEpsilon(epsilon));

    /// <summary>The axes to normalize along.</summary>
    public Axes Axis { get; }

    /// <summary>What is added to the mean square.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        Axis.LastPositions(this, input);
        return input;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
        [new WeightSpec("scale", new Shape([.. Axis.LastPositions(this, input).Select(position => input[position])]), Constant.Ones)];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor scale = builder.Weight("scale");
        long[] axes = [.. Axis.LastPositions(this, input).Select(position => position + 1L)];
        return (x, _) => x.mul(x.Square().mean(axes, keepdim: true).AddInPlace(Epsilon).rsqrt_()).mul(scale);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        int[] positions = Axis.LastPositions(this, input.Shape);
        Shape reduced = positions.Aggregate(input.Shape, (shape, position) => shape.With(position, 1));
        // ONNX Runtime knows this sequence of nodes, and makes one of them.
        OnnxValue square = onnx.Node("Pow", [input, onnx.Constant([2f])], input.Shape);
        OnnxValue mean = onnx.Node(
            "ReduceMean", [square], reduced,
            OnnxAttribute.Ints("axes", positions.Select(position => (long)position - input.Shape.Rank)), OnnxAttribute.Int("keepdims", 1));
        OnnxValue root = onnx.Node("Sqrt", [onnx.Node("Add", [mean, onnx.Constant([Epsilon])], reduced)], reduced);
        return onnx.Node("Mul", [onnx.Node("Div", [input, root], input.Shape), onnx.Weight("scale")], input.Shape);
    }
}
