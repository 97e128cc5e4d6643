using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>
/// An ONNX graph that layers add their nodes to. Shapes are those of one example, channels last; the batch dimension
/// is added in front. Operators are those of opset 17 (https://onnx.ai/onnx/operators/).
/// </summary>
public sealed class OnnxGraphBuilder
{
    /// <summary>The version of ONNX's standard operators that exported networks use.</summary>
    public const int OpsetVersion = 17;

    private readonly GraphProto graph;
    private readonly Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights;
    private readonly HashSet<string> initializers;
    private readonly RowCostSum cost;
    private readonly string scope;

    internal OnnxGraphBuilder(GraphProto graph, Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights)
        : this(graph, weights, new HashSet<string>(StringComparer.Ordinal), new RowCostSum(), scope: "")
    {
    }

    private OnnxGraphBuilder(
        GraphProto graph, Func<string, (Shape Shape, ReadOnlyMemory<float> Values)> weights, HashSet<string> initializers, RowCostSum cost, string scope)
    {
        this.graph = graph;
        this.weights = weights;
        this.initializers = initializers;
        this.cost = cost;
        this.scope = scope;
    }

    /// <summary>The builder for something inside this layer: its weights are named <c>prefix/name</c>.</summary>
    /// <param name="prefix">What the inner layer is called within the outer one.</param>
    public OnnxGraphBuilder Inner(string prefix) => new(graph, weights, initializers, cost, $"{scope}{prefix}/");

    /// <summary>What a row costs in all nodes so far.</summary>
    internal RowCost Cost => cost.Sum;

    /// <summary>A trained weight of the layer, in the shape that it was declared with.</summary>
    /// <param name="name">The name that the layer declared.</param>
    public OnnxValue Weight(string name)
    {
        string fullName = scope + name;
        (Shape shape, ReadOnlyMemory<float> values) = weights(fullName);
        if (initializers.Add(fullName))
        {
            AddInitializer(fullName, TensorProto.Types.DataType.Float, shape.Select(dimension => (long)dimension), MemoryMarshal.AsBytes(values.Span));
        }

        return new OnnxValue(fullName, shape);
    }

    /// <summary>A constant tensor of numbers.</summary>
    /// <param name="values">The values in row-major order.</param>
    /// <param name="dimensions">The dimensions; none for a scalar.</param>
    public OnnxValue Constant(ReadOnlySpan<float> values, params long[] dimensions)
    {
        string name = Unique("constant");
        AddInitializer(name, TensorProto.Types.DataType.Float, dimensions, MemoryMarshal.AsBytes(values));
        return new OnnxValue(name, default);
    }

    /// <summary>A constant list of integers, as shapes and axes are given.</summary>
    /// <param name="values">The values.</param>
    public OnnxValue Constant(params long[] values)
    {
        string name = Unique("constant");
        AddInitializer(name, TensorProto.Types.DataType.Int64, [values.Length], MemoryMarshal.AsBytes<long>(values));
        return new OnnxValue(name, default);
    }

    /// <summary>A constant tensor of integers, as positions are given.</summary>
    /// <param name="values">The values in row-major order.</param>
    /// <param name="dimensions">The dimensions.</param>
    internal OnnxValue Integers(ReadOnlySpan<long> values, params long[] dimensions)
    {
        string name = Unique("constant");
        AddInitializer(name, TensorProto.Types.DataType.Int64, dimensions, MemoryMarshal.AsBytes(values));
        return new OnnxValue(name, default);
    }

    /// <summary>Adds a node whose inputs and output are channels last, <c>[batch, ..., channels]</c>.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs; <see langword="null"/> for an optional one that is left out.</param>
    /// <param name="outputShape">The shape of one example of the output.</param>
    /// <param name="attributes">The node's attributes.</param>
    public OnnxValue Node(string operation, IReadOnlyList<OnnxValue?> inputs, Shape outputShape, params OnnxAttribute[] attributes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Add(operation, [.. inputs.Select(input => input is null ? null : InLayout(input, channelsFirst: false))], outputShape, false, attributes);
    }

    /// <summary>
    /// Adds a node whose first input and output are in ONNX's order <c>[batch, channels, ...]</c>: convolution, pooling,
    /// batch normalization. The layout is changed only where the neighbours disagree.
    /// </summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs; the first is brought into channels-first order.</param>
    /// <param name="outputShape">The shape of one example of the output, channels last.</param>
    /// <param name="attributes">The node's attributes.</param>
    public OnnxValue ChannelsFirstNode(string operation, IReadOnlyList<OnnxValue?> inputs, Shape outputShape, params OnnxAttribute[] attributes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue first = InLayout(inputs[0] ?? throw new ArgumentException("The first input must be given.", nameof(inputs)), channelsFirst: true);
        return Add(operation, [first, .. inputs.Skip(1)], outputShape, channelsFirst: true, attributes);
    }

    /// <summary>Adds a node that works on each element alone and therefore in either layout.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="input">The input.</param>
    /// <param name="others">Further inputs, scalars.</param>
    /// <param name="attributes">The node's attributes.</param>
    public OnnxValue Elementwise(string operation, OnnxValue input, IReadOnlyList<OnnxValue>? others = null, params OnnxAttribute[] attributes)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Add(operation, [input, .. others ?? []], input.Shape, input.ChannelsFirst, attributes);
    }

    /// <summary>Adds an element-wise node of two values of the same shape.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="left">The first input, whose layout the output has.</param>
    /// <param name="right">The second input.</param>
    public OnnxValue Binary(string operation, OnnxValue left, OnnxValue right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return Add(operation, [left, InLayout(right, left.ChannelsFirst)], left.Shape, left.ChannelsFirst, []);
    }

    /// <summary>
    /// Adds a node of values that have as many dimensions as its output, in the layout that most of them have just now:
    /// element-wise and broadcasting operators, and those that work along axes, which must be told the layout.
    /// </summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputShape">The shape of one example of the output, channels last.</param>
    /// <param name="others">Further inputs, scalars.</param>
    /// <param name="attributes">The node's attributes, given whether the layout is channels first.</param>
    internal OnnxValue Together(
        string operation, IReadOnlyList<OnnxValue> inputs, Shape outputShape, IReadOnlyList<OnnxValue>? others = null, Func<bool, OnnxAttribute[]>? attributes = null)
    {
        bool channelsFirst = 2 * inputs.Count(input => input.ChannelsFirst) >= inputs.Count;
        return Add(
            operation, [.. inputs.Select(input => InLayout(input, channelsFirst)), .. others ?? []], outputShape, channelsFirst,
            attributes?.Invoke(channelsFirst) ?? []);
    }

    /// <summary>Where an axis of an example, counted from 0, is in the data.</summary>
    internal static long DataAxis(Shape shape, int axis, bool channelsFirst) =>
        !channelsFirst ? axis + 1 : axis == shape.Rank - 1 ? 1 : axis + 2;

    /// <summary>Adds a Reshape to a shape of one example; the batch dimension stays.</summary>
    /// <param name="input">The input.</param>
    /// <param name="shape">The new shape of one example.</param>
    public OnnxValue Reshape(OnnxValue input, Shape shape) =>
        // In ONNX a 0 takes the dimension of the input, so that the one -1 is left for the number of steps.
        Node("Reshape", [input, Constant(shape.WithBatch(shape.HasVariableLength ? 0 : -1))], shape);

    /// <summary>Adds a Transpose of all dimensions, the batch dimension being 0.</summary>
    /// <param name="input">The input.</param>
    /// <param name="outputShape">The shape of one example of the output (what it is called when the batch is not first does not matter).</param>
    /// <param name="permutation">Which dimension of the input each dimension of the output is.</param>
    public OnnxValue Transpose(OnnxValue input, Shape outputShape, params long[] permutation) =>
        Node("Transpose", [input], outputShape, OnnxAttribute.Ints("perm", permutation));

    /// <summary>Adds a node that has several outputs.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs, channels last; <see langword="null"/> for an optional one that is left out.</param>
    /// <param name="outputShapes">The shape of one example of each output; <see langword="null"/> for one that nobody needs.</param>
    /// <param name="attributes">The node's attributes.</param>
    /// <returns>The outputs; <see langword="null"/> for those that nobody needs.</returns>
    public IReadOnlyList<OnnxValue?> Nodes(
        string operation, IReadOnlyList<OnnxValue?> inputs, IReadOnlyList<Shape?> outputShapes, params OnnxAttribute[] attributes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputShapes);
        NodeProto node = CreateNode(operation, [.. inputs.Select(input => input is null ? null : InLayout(input, channelsFirst: false))], attributes);
        string name = Unique(operation);
        OnnxValue?[] outputs = [.. outputShapes.Select((shape, index) => shape is { } known ? new OnnxValue($"{name}.{index}", known) : null)];
        node.Output.AddRange(outputs.Select(output => output?.Name ?? ""));
        cost.Add(operation, inputs, outputs.OfType<OnnxValue>().Select(output => output.Shape));
        return outputs;
    }

    /// <summary>Declares a graph input of floats, or of booleans for a mask.</summary>
    internal OnnxValue Input(string name, Shape shape, bool isMask = false)
    {
        graph.Input.Add(ValueInfo(name, shape, isMask ? TensorProto.Types.DataType.Bool : TensorProto.Types.DataType.Float));
        return new OnnxValue(name, shape);
    }

    /// <summary>Makes a value a graph output under a name of its own, channels last.</summary>
    internal void Output(string name, OnnxValue value)
    {
        NodeProto node = CreateNode("Identity", [InLayout(value, channelsFirst: false)], []);
        node.Output.Add(name);
        graph.Output.Add(ValueInfo(name, value.Shape));
    }

    private static ValueInfoProto ValueInfo(string name, Shape shape, TensorProto.Types.DataType type = TensorProto.Types.DataType.Float)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        dimensions.Dim.AddRange(shape.Select(dimension => dimension == Shape.Variable
            ? new TensorShapeProto.Types.Dimension { DimParam = $"{name} steps" }
            : new TensorShapeProto.Types.Dimension { DimValue = dimension }));
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private OnnxValue InLayout(OnnxValue value, bool channelsFirst)
    {
        // With fewer than two dimensions an example has no positions to tell from channels.
        if (value.ChannelsFirst == channelsFirst || value.Shape.Rank < 2)
        {
            return value;
        }

        if (value.OtherLayout is null)
        {
            int last = value.Shape.Rank;
            IEnumerable<long> middle = Enumerable.Range(1, last - 1).Select(axis => (long)axis);
            long[] permutation = channelsFirst ? [0, last, .. middle] : [0, .. middle.Select(axis => axis + 1), 1];
            value.OtherLayout = Add("Transpose", [value], value.Shape, channelsFirst, [OnnxAttribute.Ints("perm", permutation)]);
            value.OtherLayout.OtherLayout = value;
        }

        return value.OtherLayout;
    }

    private OnnxValue Add(string operation, IReadOnlyList<OnnxValue?> inputs, Shape outputShape, bool channelsFirst, OnnxAttribute[] attributes)
    {
        NodeProto node = CreateNode(operation, inputs, attributes);
        string output = Unique(operation);
        node.Output.Add(output);
        cost.Add(operation, inputs, [outputShape]);
        return new OnnxValue(output, outputShape, channelsFirst);
    }

    private NodeProto CreateNode(string operation, IReadOnlyList<OnnxValue?> inputs, OnnxAttribute[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = Unique(operation) };
        node.Input.AddRange(inputs.Select(input => input?.Name ?? ""));
        node.Attribute.AddRange(attributes.Select(attribute => attribute.Proto));
        graph.Node.Add(node);
        return node;
    }

    private void AddInitializer(string name, TensorProto.Types.DataType type, IEnumerable<long> dimensions, ReadOnlySpan<byte> bytes)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dimensions);
        graph.Initializer.Add(tensor);
    }

    /// <summary>Whether an initializer is a constant of the exporter rather than a weight of the network.</summary>
    internal static bool IsConstant(string name) => name.Contains(':', StringComparison.Ordinal);

    /// <summary>A readable name: the layer, the operator and a number that grows with the graph.</summary>
    private string Unique(string suffix) => $"{scope}{suffix}:{graph.Node.Count + graph.Initializer.Count}";

    /// <summary>The cost of the nodes of a graph, which all builders inside it add to.</summary>
    private sealed class RowCostSum
    {
        internal RowCost Sum { get; private set; } = new(0, 0);

        internal void Add(string operation, IReadOnlyList<OnnxValue?> inputs, IEnumerable<Shape> outputs) =>
            Sum = Sum.Plus(RowCost.Of(operation, inputs, outputs));
    }
}
