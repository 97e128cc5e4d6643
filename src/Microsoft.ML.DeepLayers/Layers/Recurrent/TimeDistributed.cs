using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Applies a layer to each step of a sequence alone, with the same weights. All steps of a batch are computed at once, as
/// one larger batch.
/// <para>Input <c>[batch, steps, ...]</c>; output <c>[batch, steps, ...]</c>, what the layer makes of each step.</para>
/// <para>The weights are those of the layer: <c>layer/kernel</c> and so on.</para>
/// <para>Keras: <c>TimeDistributed</c>; ONNX: the layer's operators between two Reshapes.</para>
/// </summary>
/// <example><c>new TimeDistributed(new Conv2D(8, 3))</c> turns <c>[10, 28, 28, 1]</c> into <c>[10, 26, 26, 8]</c>.</example>
public sealed record TimeDistributed : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="layer">A layer with one output that takes a single step as its one input.</param>
    /// <exception cref="ArgumentException">The layer has several outputs, or is an <see cref="Input"/>.</exception>
    /// <exception cref="InvalidOperationException">Layers are nested more than 32 levels deep.</exception>
    public TimeDistributed(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer is { OutputCount: 1 } and not Input
            ? layer
            : throw new ArgumentException($"TimeDistributed takes a layer with one input and one output, but was given {layer.GetType().Name}.", nameof(layer));
        Nesting.CheckDepth(Depth);
    }

    /// <summary>The layer that is applied to each step.</summary>
    public Layer Layer { get; }

    internal override int Depth => 1 + Layer.Depth;

    /// <inheritdoc/>
    public override bool CanExport => Layer.CanExport;

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => new([input[0], .. Layer.ComputeOutputShapes([StepOf(input)])[0]]);

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [.. WeightSpec.Prefixed("layer", Layer.DeclareWeights([StepOf(input)]))];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction function = builder.BuildInner("layer", Layer, [StepOf(input)]);
        return (x, context) =>
        {
            (long batch, long steps) = (x.shape[0], x.shape[1]);
            var output = function([x.flatten(0, 1)], context with { Masks = [] })[0];
            return output.reshape([batch, steps, .. output.shape.AsSpan(1)]);
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue folded = onnx.Reshape(input, StepOf(input.Shape));
        OnnxValue output = Layer.Export(onnx.Inner("layer"), [folded])[0];
        var shape = new Shape([input.Shape[0], .. output.Shape]);
        if (!shape.HasVariableLength)
        {
            return onnx.Reshape(output, shape);
        }

        OnnxValue batchAndSteps = onnx.Node("Slice", [onnx.Node("Shape", [input], default), onnx.Constant(0), onnx.Constant(2)], default);
        OnnxValue target = onnx.Node("Concat", [batchAndSteps, onnx.Constant([.. output.Shape])], default, OnnxAttribute.Int("axis", 0));
        return onnx.Node("Reshape", [output, target], shape);
    }

    private Shape StepOf(Shape input) => input.Rank >= 2
        ? new Shape([.. input.Skip(1)])
        : throw new LayerShapeException(this, [input], "an input of shape [steps, ...] with at least two dimensions");
}
