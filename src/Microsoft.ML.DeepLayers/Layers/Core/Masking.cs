using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Leaves out the steps of a sequence at which all features equal one value, that of padding: it gives them a mask, which
/// the layers after it respect, and sets them to 0. A mask that the input already has is replaced.
/// <para>Input and output <c>[batch, steps, features]</c>, the same shape; mask <c>[batch, steps]</c>.</para>
/// <para>Keras: <c>Masking</c>; ONNX: Equal, Not, Cast, ReduceMax, Where and Squeeze.</para>
/// </summary>
/// <example><c>new Masking()</c> before <c>new LSTM(32)</c>: sequences may end in zeros.</example>
public sealed record Masking : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="maskValue">The value that all features of a left-out step have. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number, which equals nothing.</exception>
    public Masking(float maskValue = 0) => MaskValue = !float.IsNaN(maskValue)
        ? maskValue
        : throw new ArgumentOutOfRangeException(nameof(maskValue), maskValue, "The value must be a number: NaN equals nothing, not even NaN.");

    /// <summary>The value that all features of a left-out step have.</summary>
    public float MaskValue { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input) => input.Rank == 2
        ? input
        : throw new LayerShapeException(this, [input], "an input of shape [steps, features]");

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => where(Counts(x), x, zeros_like(x));

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        return onnx.Node("Where", [Counts(onnx, input), input, onnx.Constant([0f])], input.Shape);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return [Counts(inputs[0]).squeeze(-1)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue counts = Counts(onnx, inputs[0]);
        return [onnx.Node("Squeeze", [counts, onnx.Constant(-1)], new Shape(inputs[0].Shape[0]))];
    }

    /// <summary>Which steps count, <c>[batch, steps, 1]</c>.</summary>
    private Tensor Counts(Tensor x) => x.NotEqual(MaskValue).any(-1, keepdim: true);

    private OnnxValue Counts(OnnxGraphBuilder onnx, OnnxValue input)
    {
        const int Float = 1; // TensorProto.DataType
        const int Bool = 9;
        OnnxValue differs = onnx.Node("Not", [onnx.Node("Equal", [input, onnx.Constant([MaskValue])], input.Shape)], input.Shape);
        OnnxValue numbers = onnx.Node("Cast", [differs], input.Shape, OnnxAttribute.Int("to", Float));
        Shape steps = input.Shape.With(-1, 1);
        OnnxValue any = onnx.Node("ReduceMax", [numbers], steps, OnnxAttribute.Ints("axes", -1), OnnxAttribute.Int("keepdims", 1));
        return onnx.Node("Cast", [any], steps, OnnxAttribute.Int("to", Bool));
    }
}
