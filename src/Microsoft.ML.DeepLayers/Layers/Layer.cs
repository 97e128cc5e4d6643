using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// One layer of a network definition: an immutable value that holds parameters but no weights. It knows how to infer
/// its output shapes, which weights it needs, how to compute (TorchSharp, for training) and which ONNX nodes say the
/// same (for scoring). Derive from it, or from <see cref="SingleInputLayer"/>, to make a layer of your own.
/// </summary>
public abstract record Layer
{
    /// <summary>
    /// The layer's name, unique within its network; <see langword="null"/> (the default) gives <c>dense</c>,
    /// <c>dense_1</c>, ... as in Keras. Weights are named <c>name/kernel</c>.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>Infers the shapes of the outputs.</summary>
    /// <param name="inputShapes">The shapes of the inputs, without the batch dimension.</param>
    /// <returns>One shape an output.</returns>
    /// <exception cref="LayerShapeException">The inputs do not fit the layer.</exception>
    public abstract IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes);

    /// <summary>Names the weights that the layer needs for inputs of these shapes; none by default.</summary>
    /// <param name="inputShapes">The shapes of the inputs, without the batch dimension.</param>
    public virtual IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) => [];

    /// <summary>Makes the function that training computes, over weights that <paramref name="builder"/> holds.</summary>
    /// <param name="builder">Gives the layer its weights, input shapes, device and number type.</param>
    public abstract LayerFunction Build(LayerBuilder builder);

    /// <summary>Adds the ONNX nodes that compute the same as <see cref="Build"/>, as at inference.</summary>
    /// <param name="onnx">The graph to add to; it gives the layer its weights.</param>
    /// <param name="inputs">The inputs.</param>
    /// <returns>One value an output.</returns>
    public abstract IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs);
}

/// <summary>A layer with one input and one output: most layers.</summary>
public abstract record SingleInputLayer : Layer
{
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
