using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// The products of all vectors of one input with all vectors of another, example by example: the sum, along one axis of
/// each, of first · second.
/// <para>
/// Two inputs <c>[batch, ...]</c>, of the same length along their axes; output <c>[batch, ...]</c>, what is left of the
/// first and then of the second, or <c>[batch, 1]</c> where nothing is. Masks end here.
/// </para>
/// <para>Keras: <c>Dot</c>; ONNX: Einsum, or Mul and ReduceSum of two vectors.</para>
/// </summary>
/// <example>
/// <c>new Dot(axes: 2)</c> makes <c>[5, 9]</c> of <c>[5, 8]</c> and <c>[9, 8]</c>; <c>new Dot(axes: [1, 2])</c> makes
/// <c>[5, 10]</c> of <c>[3, 5]</c> and <c>[10, 3]</c>.
/// </example>
public sealed record Dot : Merge
{
    private const float Epsilon = 1e-7f;

    /// <summary>Creates the layer.</summary>
    /// <param name="axes">The axis of the first input and that of the second, or one for both; 0 is the batch, as in Keras.</param>
    /// <param name="normalize">
    /// Whether vectors are brought to length 1 before, so that the output is the cosine of their angle. A length is taken as
    /// at least 10⁻⁷. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There are more than two axes.</exception>
    public Dot(Axes axes, bool normalize = false)
    {
        if (axes.Count > 2)
        {
            throw new ArgumentOutOfRangeException(nameof(axes), $"There is one axis for each of the two inputs, or one for both, but {axes} was given.");
        }

        (Axes, Normalize) = (axes, normalize);
    }

    /// <summary>The axis of the first input and that of the second, or one for both.</summary>
    public Axes Axes { get; }

    /// <summary>Whether vectors are brought to length 1 before.</summary>
    public bool Normalize { get; }

    private protected override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count != 2)
        {
            throw new LayerShapeException(this, inputs, "exactly two inputs");
        }

        (int first, int second) = Positions(inputs);
        (int length, int other) = (inputs[0][first], inputs[1][second]);
        if (length != other && length != Shape.Variable && other != Shape.Variable)
        {
            throw new LayerShapeException(this, inputs, $"inputs that are equally long along axes {Axes}", $"They have {length} and {other} places there.");
        }

        int[] output = [.. inputs[0].Where((_, i) => i != first), .. inputs[1].Where((_, i) => i != second)];
        return Array.LastIndexOf(output, Shape.Variable) <= 0
            ? new Shape(output.Length > 0 ? output : [1])
            : throw new LayerShapeException(this, inputs, "inputs that leave a variable length to the first dimension of the output alone");
    }

    private protected override Func<IReadOnlyList<Tensor>, ForwardContext, Tensor> BuildMerge(IReadOnlyList<Shape> inputShapes)
    {
        (int first, int second) = Positions(inputShapes);
        string? equation = Equation(inputShapes);
        return (inputs, _) =>
        {
            Tensor left = Unit(inputs[0], first + 1);
            Tensor right = Unit(inputs[1], second + 1);
            return equation is null ? left.mul(right).sum([1], keepdim: true) : einsum(equation, left, right);
        };

        // The bound is on the square, where the derivative of the root is finite.
        Tensor Unit(Tensor x, long axis) => Normalize
            ? x.div(x.Square().sum([axis], keepdim: true).Maximum((double)Epsilon * Epsilon).sqrt())
            : x;
    }

    private protected override OnnxValue ExportMerge(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs, Shape output)
    {
        Shape[] shapes = [.. inputs.Select(input => input.Shape)];
        (int first, int second) = Positions(shapes);
        OnnxValue left = Unit(inputs[0], first);
        OnnxValue right = Unit(inputs[1], second);
        return Equation(shapes) is { } equation
            ? onnx.Node("Einsum", [left, right], output, OnnxAttribute.Text("equation", equation))
            : onnx.Node("ReduceSum", [onnx.Binary("Mul", left, right), onnx.Constant(1)], output, OnnxAttribute.Int("keepdims", 1));

        OnnxValue Unit(OnnxValue value, int position)
        {
            if (!Normalize)
            {
                return value;
            }

            OnnxValue length = onnx.Node(
                "ReduceL2", [value], value.Shape.With(position, 1), OnnxAttribute.Ints("axes", position + 1), OnnxAttribute.Int("keepdims", 1));
            return onnx.Node("Div", [value, onnx.Elementwise("Max", length, [onnx.Constant([Epsilon])])], value.Shape);
        }
    }

    private protected override Tensor? MergeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks) => null;

    private protected override OnnxValue? ExportMergedMask(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs) => null;

    private (int First, int Second) Positions(IReadOnlyList<Shape> inputs) =>
        (Axes.Position(this, inputs, inputs[0], Axes[0]), Axes.Position(this, inputs, inputs[1], Axes[Axes.Count - 1]));

    /// <summary>The sum in Einstein's notation: a is the batch, z what is summed over. None for two vectors, of which nothing is left.</summary>
    private string? Equation(IReadOnlyList<Shape> inputs)
    {
        (int first, int second) = Positions(inputs);
        char next = 'a';
        char[] left = [.. Enumerable.Range(0, inputs[0].Rank).Select(i => i == first ? 'z' : ++next)];
        char[] right = [.. Enumerable.Range(0, inputs[1].Rank).Select(i => i == second ? 'z' : ++next)];
        string output = new([.. left.Concat(right).Where(letter => letter != 'z')]);
        return output.Length == 0 ? null : $"a{new string(left)},a{new string(right)}->a{output}";
    }
}
