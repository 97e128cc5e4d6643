using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Where data enters a network: the shape of one example and the ML.NET column that it is read from.
/// <para>Output <c>[batch, ...shape]</c>.</para>
/// <para>
/// A <see cref="Sequential"/> need not begin with one: the shape is then that of the feature column. A flat column of
/// as many values is reshaped, row-major, so that a text loader's 784 columns feed <c>Input(28, 28, 1)</c>.
/// </para>
/// <para>
/// <c>new Input(Shape.Variable)</c>, or <c>new Input(Shape.Variable, 8)</c> for steps of 8 values, takes sequences of
/// different lengths from a vector column of variable size. A batch is as long as its longest sequence; the others are
/// padded with NaN, and masked from here on. (Who scores the exported ONNX file pads with NaN likewise.)
/// </para>
/// <para>Keras: <c>Input</c>; ONNX: a graph input.</para>
/// </summary>
public sealed record Input : Layer
{
    /// <summary>Creates an input of a known shape.</summary>
    /// <param name="shape">The shape of one example, e.g. <c>28, 28, 1</c>; none takes the shape of the column.</param>
    public Input(params int[] shape)
        : this(shape is { Length: > 0 } ? new Shape(shape) : (Shape?)null)
    {
    }

    /// <summary>Creates an input.</summary>
    /// <param name="shape">The shape of one example; <see langword="null"/> (the default) takes the shape of the column.</param>
    /// <param name="column">The ML.NET column; <see langword="null"/> (the default) takes the trainer's feature column.</param>
    [JsonConstructor]
    public Input(Shape? shape, string? column = null) => (Shape, Column) = (shape, column);

    /// <summary>The shape of one example; <see langword="null"/> takes the shape of the column.</summary>
    public Shape? Shape { get; init; }

    /// <summary>The ML.NET column that is read; <see langword="null"/> takes the trainer's feature column.</summary>
    public string? Column { get; init; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        Shape given = inputShapes[0];
        if (Shape is not { } wanted || wanted == given)
        {
            return [given];
        }

        if (wanted.HasVariableLength || given.HasVariableLength)
        {
            // Steps of any number, of which these have one.
            return wanted.HasVariableLength && given.Rank == wanted.Rank && given.Skip(1).SequenceEqual(wanted.Skip(1))
                ? [given]
                : throw new LayerShapeException(this, inputShapes, $"data of shape {wanted}");
        }

        return wanted.Size == given.Size
            ? [wanted]
            : throw new LayerShapeException(
                this, inputShapes, $"data of shape {wanted} ({wanted.Size} values)",
                $"Column '{Column ?? "Features"}' has {given.Size} values an example: change the shape of Input or the column.");
    }

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Shape output = ComputeOutputShapes(builder.InputShapes)[0];
        if (output.HasVariableLength)
        {
            return (inputs, context) => [context.Mask() is null ? WithoutPadding(inputs[0]) : inputs[0]];
        }

        long[] shape = output.WithBatch(-1);
        return (inputs, _) => [inputs[0].reshape(shape)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(masks);
        return [masks[0] ?? (Shape is { HasVariableLength: true } ? IsPadding(inputs[0]).logical_not() : null)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        // The graph's own inputs have this shape already; those of a nested network need not.
        Shape shape = ComputeOutputShapes([inputs[0].Shape])[0];
        if (shape.HasVariableLength)
        {
            return [inputs[0].Mask is null ? WithoutPadding(onnx, inputs[0]) : inputs[0]];
        }

        return [shape == inputs[0].Shape ? inputs[0] : onnx.Reshape(inputs[0], shape)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue input = inputs[0];
        return [input.Mask ?? (Shape is { HasVariableLength: true } ? onnx.Node("Not", [IsPadding(onnx, input)], new Shape(input.Shape[0])) : null)];
    }

    /// <summary>Which steps, <c>[batch, steps]</c>, are only there because another example is longer: they are all NaN.</summary>
    private static Tensor IsPadding(Tensor x) => x.dim() == 2 ? x.isnan() : x.isnan().flatten(2).all(-1);

    private static Tensor WithoutPadding(Tensor x)
    {
        Tensor padding = IsPadding(x);
        return x.MaskedFill(x.dim() == 2 ? padding : padding.reshape([.. padding.shape, .. Enumerable.Repeat(1L, (int)x.dim() - 2)]), 0);
    }

    private static OnnxValue IsPadding(OnnxGraphBuilder onnx, OnnxValue input)
    {
        const int Float = 1, Bool = 9; // TensorProto.DataType
        Shape steps = new(input.Shape[0]);
        OnnxValue missing = onnx.Node("IsNaN", [input], input.Shape);
        if (input.Shape.Rank == 1)
        {
            return missing;
        }

        OnnxValue all = onnx.Node(
            "ReduceMin", [onnx.Node("Cast", [missing], input.Shape, OnnxAttribute.Int("to", Float))], steps,
            OnnxAttribute.Ints("axes", Enumerable.Range(2, input.Shape.Rank - 1).Select(axis => (long)axis)), OnnxAttribute.Int("keepdims", 0));
        return onnx.Node("Cast", [all], steps, OnnxAttribute.Int("to", Bool));
    }

    private static OnnxValue WithoutPadding(OnnxGraphBuilder onnx, OnnxValue input)
    {
        OnnxValue padding = IsPadding(onnx, input);
        if (input.Shape.Rank > 1)
        {
            padding = onnx.Node(
                "Unsqueeze", [padding, onnx.Constant([.. Enumerable.Range(2, input.Shape.Rank - 1).Select(axis => (long)axis)])], input.Shape);
        }

        return onnx.Node("Where", [padding, onnx.Constant([0f]), input], input.Shape);
    }
}
