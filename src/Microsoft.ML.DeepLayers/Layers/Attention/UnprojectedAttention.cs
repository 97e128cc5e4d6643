using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="Attention"/> and <see cref="AdditiveAttention"/> have in common: they compare query and key as they
/// are, and take the mean of the values with softmax(scores) as weights.
/// </summary>
public abstract record UnprojectedAttention : Layer
{
    private protected UnprojectedAttention(bool useScale, float dropout, bool useCausalMask, bool returnAttentionScores)
    {
        UseScale = useScale;
        Dropout = AttentionWeights.CheckDropout(dropout);
        UseCausalMask = useCausalMask;
        ReturnAttentionScores = returnAttentionScores;
    }

    /// <summary>Whether the scores have a trained scale.</summary>
    public bool UseScale { get; }

    /// <summary>The fraction of the attention weights that is dropped in training.</summary>
    public float Dropout { get; }

    /// <summary>Whether step t looks only at source steps up to t.</summary>
    public bool UseCausalMask { get; }

    /// <summary>Whether the attention weights, <c>[batch, target steps, source steps]</c>, are a second output.</summary>
    public bool ReturnAttentionScores { get; }

    /// <inheritdoc/>
    public sealed override int OutputCount => ReturnAttentionScores ? 2 : 1;

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => !ReturnAttentionScores;

    /// <inheritdoc/>
    public sealed override bool SupportsMasking => true;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        (Shape query, Shape value, Shape key) = AttentionInputs.Check(this, inputShapes, ReturnAttentionScores);
        if (query[1] != key[1])
        {
            throw new LayerShapeException(
                this, inputShapes, "a query and a key with the same number of features", "Put a Dense layer before one of them, or use MultiHeadAttention.");
        }

        Shape output = query.With(-1, value[-1]);
        return ReturnAttentionScores ? [output, new Shape(query[0], value[0])] : [output];
    }

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<Tensor, Tensor, Tensor> score = BuildScores(builder);
        return (inputs, context) =>
        {
            (Tensor query, Tensor value, Tensor key) = AttentionInputs.Of(inputs);
            Tensor? valueMask = inputs.Count > 1 ? context.Mask(1) : context.Mask();
            Tensor? mask = AttentionMask.Join(null, [valueMask], UseCausalMask ? (query, value) : null);
            Tensor weights = AttentionWeights.Softmax(score(query, key), mask);
            weights = AttentionWeights.Drop(this, weights, Dropout, context);
            Tensor output = weights.Matmul(value);
            if (context.Mask() is { } queryMask)
            {
                output = output.mul(queryMask.unsqueeze(-1).to(output.dtype));
            }

            return ReturnAttentionScores ? [output, weights] : [output];
        };
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        (OnnxValue query, OnnxValue value, OnnxValue key) = AttentionInputs.Of(inputs);
        IReadOnlyList<Shape> shapes = ComputeOutputShapes([.. inputs.Select(input => input.Shape)]);
        OnnxValue? mask = AttentionMask.Export(onnx, null, [inputs.Count > 1 ? value.Mask : query.Mask], UseCausalMask ? (query, value) : null, heads: 0);
        OnnxValue weights = AttentionWeights.Export(onnx, ExportScores(onnx, query, key), mask);
        OnnxValue output = onnx.Node("MatMul", [weights, value], shapes[0]);
        if (query.Mask is { } queryMask)
        {
            output = onnx.Node("Where", [AttentionMask.Unsqueeze(onnx, queryMask, [2]), output, onnx.Constant([0f])], shapes[0]);
        }

        return ReturnAttentionScores ? [output, onnx.Reshape(weights, shapes[1])] : [output];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return ReturnAttentionScores ? [masks[0], null] : [masks[0]];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return ReturnAttentionScores ? [inputs[0].Mask, null] : [inputs[0].Mask];
    }

    /// <summary>Every step of the query beside every step of the key, added: <c>[batch, target steps, source steps, features]</c>.</summary>
    private protected static Tensor Pairs(Tensor query, Tensor key) => query.unsqueeze(2).Add(key.unsqueeze(1));

    /// <summary>The ONNX nodes of <see cref="Pairs"/>.</summary>
    private protected static OnnxValue ExportPairs(OnnxGraphBuilder onnx, OnnxValue query, OnnxValue key) =>
        onnx.Node("Add", [AttentionMask.Unsqueeze(onnx, query, [2]), AttentionMask.Unsqueeze(onnx, key, [1])], default);

    /// <summary>A sum over the features.</summary>
    private protected static OnnxValue SumOverFeatures(OnnxGraphBuilder onnx, OnnxValue pairs) =>
        onnx.Node("ReduceSum", [pairs, onnx.Constant(-1)], default, OnnxAttribute.Int("keepdims", 0));

    /// <summary>Makes the function of query and key that gives the scores, <c>[batch, target steps, source steps]</c>.</summary>
    private protected abstract Func<Tensor, Tensor, Tensor> BuildScores(LayerBuilder builder);

    /// <summary>Adds the ONNX nodes that compute the same.</summary>
    private protected abstract OnnxValue ExportScores(OnnxGraphBuilder onnx, OnnxValue query, OnnxValue key);
}
