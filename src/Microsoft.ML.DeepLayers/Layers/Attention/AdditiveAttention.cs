using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Additive attention (Bahdanau et al. 2014): softmax(scores) · value, with scores = Σ scale · tanh(query + key) over the
/// features.
/// <para>
/// Inputs: the query <c>[batch, target steps, features]</c>, the value <c>[batch, source steps, value features]</c> and the
/// key <c>[batch, source steps, features]</c>, in this order. The key is the value where it is left out, as in Keras; with
/// the query alone, the layer is self-attention, our convenience for <c>Sequential</c>. Output
/// <c>[batch, target steps, value features]</c>; with <see cref="UnprojectedAttention.ReturnAttentionScores"/> also the
/// weights, <c>[batch, target steps, source steps]</c>.
/// </para>
/// <para>Masks are used and handed on as by <see cref="Attention"/>.</para>
/// <para>Weight: <c>scale [features]</c> if useScale.</para>
/// <para>Keras: <c>AdditiveAttention</c>; ONNX: Add, Tanh, MatMul (or ReduceSum) and Softmax, and Where for masks.</para>
/// </summary>
/// <example><c>new AdditiveAttention()</c> turns a query <c>[5, 16]</c> and a value <c>[9, 16]</c> into <c>[5, 16]</c>.</example>
public sealed record AdditiveAttention : UnprojectedAttention
{
    /// <summary>Creates the layer.</summary>
    /// <param name="useScale">Whether each feature has a trained scale, which starts Glorot-uniform. Default: <see langword="true"/>.</param>
    /// <param name="dropout">The fraction of the attention weights that is dropped in training; at least 0 and below 1. Default: 0.</param>
    /// <param name="useCausalMask">
    /// Whether step t looks only at source steps up to t, as a decoder must. Default: <see langword="false"/>. In Keras it
    /// is an argument of the call; definitions here are fixed, so it is one of the layer.
    /// </param>
    /// <param name="returnAttentionScores">
    /// Whether the attention weights are a second output. Default: <see langword="false"/>. In Keras it is an argument of
    /// the call. The inputs must then have a known number of steps.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The dropout is not within [0, 1).</exception>
    public AdditiveAttention(bool useScale = true, float dropout = 0, bool useCausalMask = false, bool returnAttentionScores = false)
        : base(useScale, dropout, useCausalMask, returnAttentionScores)
    {
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        return UseScale ? [new WeightSpec("scale", new Shape(inputShapes[0][-1]), VarianceScaling.GlorotUniform)] : [];
    }

    private protected override Func<Tensor, Tensor, Tensor> BuildScores(LayerBuilder builder)
    {
        if (!UseScale)
        {
            return (query, key) => Pairs(query, key).tanh_().sum(-1);
        }

        Tensor scale = builder.Weight("scale");
        return (query, key) => Pairs(query, key).tanh_().Matmul(scale);
    }

    private protected override OnnxValue ExportScores(OnnxGraphBuilder onnx, OnnxValue query, OnnxValue key)
    {
        OnnxValue pairs = onnx.Elementwise("Tanh", ExportPairs(onnx, query, key));
        return UseScale ? onnx.Node("MatMul", [pairs, onnx.Weight("scale")], default) : SumOverFeatures(onnx, pairs);
    }
}
