using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>A layer with one input and one output: most layers.</summary>
public abstract record SingleInputLayer : Layer
{
    /// <inheritdoc/>
    public sealed override int OutputCount => 1;

    /// <summary>Infers the shape of the output.</summary>
    /// <param name="input">The shape of the input, without the batch dimension.</param>
    /// <exception cref="LayerShapeException">The input does not fit the layer.</exception>
    public abstract Shape ComputeOutputShape(Shape input);

    /// <summary>Names the weights that the layer needs for an input of this shape; none by default.</summary>
    /// <param name="input">The shape of the input, without the batch dimension.</param>
    public virtual IReadOnlyList<WeightSpec> GetWeights(Shape input) => [];

    /// <summary>Makes the function that training computes.</summary>
    /// <param name="builder">Gives the layer its weights, device and number type.</param>
    /// <param name="input">The shape of the input, without the batch dimension.</param>
    public abstract TensorFunction Build(LayerBuilder builder, Shape input);

    /// <summary>Adds the ONNX nodes that compute the same, as at inference.</summary>
    /// <param name="onnx">The graph to add to; it gives the layer its weights.</param>
    /// <param name="input">The input.</param>
    public abstract OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes) =>
        [ComputeOutputShape(Single(inputShapes))];

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) =>
        GetWeights(Single(inputShapes));

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        TensorFunction function = Build(builder, Single(builder.InputShapes));
        return (inputs, context) => [function(inputs[0], context)];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return [Export(onnx, inputs[0])];
    }

    private Shape Single(IReadOnlyList<Shape> shapes)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        return shapes.Count == 1
            ? shapes[0]
            : throw new LayerShapeException(this, shapes, "exactly one input");
    }
}
