using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// One layer of a network definition: an immutable value that holds parameters but no weights. It knows how to infer
/// its output shapes, which weights it needs, how to compute (TorchSharp, for training) and which ONNX nodes say the
/// same (for scoring). Derive from it, or from <see cref="SingleInputLayer"/>, to make a layer of your own.
/// </summary>
public abstract record Layer
{
    private readonly float learningRateFactor = 1;

    /// <summary>
    /// The layer's name, unique within its network; <see langword="null"/> (the default) gives <c>dense</c>,
    /// <c>dense_1</c>, ... as in Keras. Weights are named <c>name/kernel</c>.
    /// </summary>
    public string? Name { get; init; }

    /// <summary>
    /// What training adds to the loss for the layer's outputs; <see langword="null"/> (the default) for nothing. Keras:
    /// <c>activity_regularizer</c>.
    /// </summary>
    public Regularizer? ActivityRegularizer { get; init; }

    /// <summary>
    /// Whether training changes the layer's weights, those of layers in it included. A layer that is not trainable is
    /// frozen: batch normalizations then keep their statistics. Default: <see langword="true"/>. Keras: <c>trainable</c>.
    /// </summary>
    public bool Trainable { get; init; } = true;

    /// <summary>
    /// By what the learning rate is multiplied for the layer's weights; above 0, e.g. 0.1 for layers that were trained
    /// before. Default: 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not above 0.</exception>
    public float LearningRateFactor
    {
        get => learningRateFactor;
        init => learningRateFactor = value is > 0 and < float.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"The learning rate factor must be above 0. To keep the weights as they are, set {nameof(Trainable)} = false.");
    }

    /// <summary>The number of outputs; 1 for most layers.</summary>
    public virtual int OutputCount => 1;

    /// <summary>How many levels of layers there are: 1, and those of layers in it.</summary>
    internal virtual int Depth => 1;

    /// <summary>
    /// Whether the layer takes inputs whose first dimension, the number of steps, is
    /// <see cref="Shape.Variable"/>. Default: <see langword="false"/>; the network then says so before training.
    /// </summary>
    public virtual bool AllowsVariableLength => false;

    /// <summary>
    /// Whether the mask of the (first) input is also that of the outputs: for layers that treat each step alone. Default:
    /// <see langword="false"/>; masks then end here. Keras: <c>supports_masking</c>.
    /// </summary>
    public virtual bool SupportsMasking => false;

    /// <summary>
    /// Whether the layer can be written as ONNX. Default: <see langword="true"/>. Where a layer of a network says
    /// <see langword="false"/>, its <see cref="Export"/> is not called: the network is scored by libtorch, which processes
    /// that only predict then need, too. A layer that holds another one says what that one says.
    /// </summary>
    public virtual bool CanExport => true;

    /// <summary>Infers the shapes of the outputs.</summary>
    /// <param name="inputShapes">The shapes of the inputs, without the batch dimension.</param>
    /// <returns>One shape an output.</returns>
    /// <exception cref="LayerShapeException">The inputs do not fit the layer.</exception>
    public abstract IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes);

    /// <summary>Names the weights that the layer needs for inputs of these shapes; none by default.</summary>
    /// <param name="inputShapes">The shapes of the inputs, without the batch dimension.</param>
    public virtual IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) => [];

    /// <summary>The weights with what <see cref="Trainable"/> and <see cref="LearningRateFactor"/> make of them.</summary>
    internal IReadOnlyList<WeightSpec> DeclareWeights(IReadOnlyList<Shape> inputShapes)
    {
        IReadOnlyList<WeightSpec> specs = GetWeights(inputShapes);
        return Trainable && LearningRateFactor == 1
            ? specs
            : [.. specs.Select(spec => spec with { Trainable = spec.Trainable && Trainable, LearningRateFactor = spec.LearningRateFactor * LearningRateFactor })];
    }

    /// <summary>Makes the function that training computes, over weights that <paramref name="builder"/> holds.</summary>
    /// <param name="builder">Gives the layer its weights, input shapes, device and number type.</param>
    public abstract LayerFunction Build(LayerBuilder builder);

    /// <summary>Adds the ONNX nodes that compute the same as <see cref="Build"/>, as at inference.</summary>
    /// <param name="onnx">The graph to add to; it gives the layer its weights.</param>
    /// <param name="inputs">The inputs.</param>
    /// <returns>One value an output.</returns>
    public abstract IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs);

    /// <summary>
    /// Applies the layer at a place of a network that is being defined. Applying the same instance again shares its
    /// weights: Keras's call of a layer.
    /// </summary>
    /// <param name="inputs">What it reads: outputs of other layers, or an <see cref="Input"/>.</param>
    /// <returns>Its (first) output; see <see cref="LayerOutput.Output"/> for the others.</returns>
    /// <exception cref="ArgumentException">There is no input, or one is missing.</exception>
    /// <example><code>
    /// var pixels = new Input(28, 28, 1);
    /// var network = new Network(pixels, new Dense(10).Apply(new Flatten().Apply(pixels)));
    /// </code></example>
    public LayerOutput Apply(params LayerOutput[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (this is Input)
        {
            throw new InvalidOperationException("An Input reads no other layer: it is where data enters. Apply a layer to it instead.");
        }

        return inputs.Length == 0 || Array.Exists(inputs, input => input is null)
            ? throw new ArgumentException($"{GetType().Name} must be applied to outputs of other layers, none of them null.", nameof(inputs))
            : new LayerCall(this, [.. inputs]).Outputs[0];
    }

    /// <summary>
    /// What becomes of the inputs' masks in training: for each output a mask <c>[batch, steps]</c> of booleans, true for
    /// steps that count, or <see langword="null"/>. By default that of the first input where the layer
    /// <see cref="SupportsMasking"/>, else none. Keras: <c>compute_mask</c>.
    /// </summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="masks">Their masks; <see langword="null"/> for an input without one.</param>
    public virtual IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return Enumerable.Repeat(SupportsMasking ? masks[0] : null, OutputCount).ToArray();
    }

    /// <summary>Adds the ONNX nodes that compute the same masks as <see cref="ComputeMasks"/>, of type bool.</summary>
    /// <param name="onnx">The graph to add to.</param>
    /// <param name="inputs">The inputs; each knows its mask (<see cref="OnnxValue.Mask"/>).</param>
    public virtual IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Enumerable.Repeat(SupportsMasking ? inputs[0].Mask : null, OutputCount).ToArray();
    }

    /// <summary>Adds the layer's nodes, and gives its outputs their masks.</summary>
    /// <param name="onnx">The graph to add to; it gives the layer its weights.</param>
    /// <param name="inputs">The inputs.</param>
    internal IReadOnlyList<OnnxValue> ExportMasked(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        IReadOnlyList<OnnxValue> outputs = Export(onnx, inputs);
        IReadOnlyList<OnnxValue?> masks = ExportMasks(onnx, inputs);
        return [.. outputs.Zip(masks, (output, mask) => output.WithMask(mask))];
    }

    /// <summary>Prints what was given, without what a class says about itself.</summary>
    /// <param name="builder">What to add to.</param>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[] members =
        [
            .. Name is null ? Array.Empty<string>() : [$"Name = {Name}"],
            .. Trainable ? Array.Empty<string>() : [$"Trainable = {Trainable}"],
            .. LearningRateFactor == 1 ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"LearningRateFactor = {LearningRateFactor}")],
            .. ActivityRegularizer is null ? Array.Empty<string>() : [$"ActivityRegularizer = {ActivityRegularizer}"],
        ];
        builder.AppendJoin(", ", members);
        return members.Length > 0;
    }
}
