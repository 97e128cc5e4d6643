using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Where data enters a network: the shape of one example and the ML.NET column that it is read from.
/// <para>Output <c>[batch, ...shape]</c>.</para>
/// <para>
/// A <see cref="Sequential"/> need not begin with one: the shape is then that of the feature column. A flat column of
/// as many values is reshaped, row-major, so that a text loader's 784 columns feed <c>Input(28, 28, 1)</c>.
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
        long[] shape = ComputeOutputShapes(builder.InputShapes)[0].WithBatch(-1);
        return (inputs, _) => [inputs[0].reshape(shape)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        // The graph's own inputs have this shape already; those of a nested network need not.
        Shape shape = ComputeOutputShapes([inputs[0].Shape])[0];
        return [shape == inputs[0].Shape ? inputs[0] : onnx.Reshape(inputs[0], shape)];
    }
}
