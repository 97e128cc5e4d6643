using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Puts a trained step in front of a sequence, the same for every example: a transformer gathers in it what a
/// classification then reads (Devlin et al. 2019; Dosovitskiy et al. 2021).
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, 1 + steps, features]</c>. Where the input has a mask, the step in
/// front counts.
/// </para>
/// <para>Weight: <c>token [features]</c>.</para>
/// <para>Keras: <c>ClassToken</c> (of vit-keras); ONNX: Shape, Concat and Expand.</para>
/// </summary>
/// <example><c>new ClassToken()</c> turns <c>[196, 192]</c> into <c>[197, 192]</c>.</example>
public sealed record ClassToken : SingleInputLayer
{
    private const int Bool = 9; // TensorProto.DataType

    /// <summary>Creates the layer.</summary>
    /// <param name="initializer">How the step starts. Default: normal with standard deviation 0.02.</param>
    public ClassToken(Initializer? initializer = null) => Initializer = initializer ?? new RandomNormal(0, 0.02f);

    /// <summary>How the step starts.</summary>
    public Initializer Initializer { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.Rank == 2
        ? input.With(0, input[0] == Shape.Variable ? Shape.Variable : input[0] + 1)
        : throw new LayerShapeException(this, [input], "an input of shape [steps, features]");

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("token", new Shape(input[-1]), Initializer)];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor token = builder.Weight("token");
        return (x, _) => cat([token.expand(x.shape[0], 1, x.shape[2]), x], 1);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue size = onnx.Node("Concat", [Batch(onnx, input), onnx.Constant(1, input.Shape[-1])], default, OnnxAttribute.Int("axis", 0));
        OnnxValue token = onnx.Node("Expand", [onnx.Weight("token"), size], default);
        return onnx.Node("Concat", [token, input], ComputeOutputShape(input.Shape), OnnxAttribute.Int("axis", 1));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return [masks[0] is { } mask ? cat([ones([mask.shape[0], 1], dtype: ScalarType.Bool, device: mask.device), mask], 1) : null];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs[0].Mask is not { } mask)
        {
            return [null];
        }

        OnnxValue yes = onnx.Node("Cast", [onnx.Constant([1f], 1, 1)], default, OnnxAttribute.Int("to", Bool));
        OnnxValue size = onnx.Node("Concat", [Batch(onnx, mask), onnx.Constant(1)], default, OnnxAttribute.Int("axis", 0));
        Shape steps = new(ComputeOutputShape(inputs[0].Shape)[0]);
        return [onnx.Node("Concat", [onnx.Node("Expand", [yes, size], default), mask], steps, OnnxAttribute.Int("axis", 1))];
    }

    /// <summary>The number of examples, as a list of one.</summary>
    private static OnnxValue Batch(OnnxGraphBuilder onnx, OnnxValue value) =>
        onnx.Node("Shape", [value], default, OnnxAttribute.Int("start", 0), OnnxAttribute.Int("end", 1));
}
