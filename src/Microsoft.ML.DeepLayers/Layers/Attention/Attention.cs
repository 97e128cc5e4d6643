using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Dot-product attention (Luong et al. 2015): softmax(scores) · value, with scores = query · keyᵀ, times a trained scale
/// if wanted; or, with <see cref="Microsoft.ML.DeepLayers.ScoreMode.Concat"/>, scores = weight · Σ tanh(scale · (query + key))
/// over the features.
/// <para>
/// Inputs: the query <c>[batch, target steps, features]</c>, the value <c>[batch, source steps, value features]</c> and the
/// key <c>[batch, source steps, features]</c>, in this order. The key is the value where it is left out, as in Keras; with
/// the query alone, the layer is self-attention, our convenience for <c>Sequential</c>. Output
/// <c>[batch, target steps, value features]</c>; with <see cref="UnprojectedAttention.ReturnAttentionScores"/> also the
/// weights, <c>[batch, target steps, source steps]</c>.
/// </para>
/// <para>
/// Source steps that the mask of the value leaves out are not looked at (a step that may look at nothing gets the mean of
/// all values); where the mask of the query is false, the output is 0. The mask of the key is not used. The mask of the
/// query is handed on.
/// </para>
/// <para>Weights, each a single number: <c>scale</c> if useScale; <c>concat_score_weight</c> for the mode Concat.</para>
/// <para>Keras: <c>Attention</c>; ONNX: MatMul, Transpose, Mul and Softmax, or Add, Tanh and ReduceSum; Where for masks.</para>
/// </summary>
/// <example><c>new Attention()</c> turns a query <c>[5, 16]</c> and a value <c>[9, 16]</c> into <c>[5, 16]</c>.</example>
public sealed record Attention : UnprojectedAttention
{
    /// <summary>Creates the layer.</summary>
    /// <param name="useScale">Whether the scores have a trained scale, which starts at 1. Default: <see langword="false"/>.</param>
    /// <param name="scoreMode">How query and key are compared. Default: <see cref="Microsoft.ML.DeepLayers.ScoreMode.Dot"/>.</param>
    /// <param name="dropout">The fraction of the attention weights that is dropped in training; at least 0 and below 1. Default: 0.</param>
    /// <param name="useCausalMask">
    /// Whether step t looks only at source steps up to t, as a decoder must. Default: <see langword="false"/>. In Keras it
    /// is an argument of the call; definitions here are fixed, so it is one of the layer.
    /// </param>
    /// <param name="returnAttentionScores">
    /// Whether the attention weights are a second output. Default: <see langword="false"/>. In Keras it is an argument of
    /// the call. The inputs must then have a known number of steps.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The dropout is not within [0, 1), or the mode none of those that exist.</exception>
    public Attention(
        bool useScale = false, ScoreMode scoreMode = ScoreMode.Dot, float dropout = 0, bool useCausalMask = false, bool returnAttentionScores = false)
        : base(useScale, dropout, useCausalMask, returnAttentionScores)
    {
        if (!Enum.IsDefined(scoreMode))
        {
            throw new ArgumentOutOfRangeException(nameof(scoreMode), scoreMode, "The mode must be Dot or Concat.");
        }

        ScoreMode = scoreMode;
    }

    /// <summary>How query and key are compared.</summary>
    public ScoreMode ScoreMode { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        var weights = new List<WeightSpec>();
        if (UseScale)
        {
            weights.Add(new WeightSpec("scale", new Shape(), Constant.Ones));
        }

        if (ScoreMode == ScoreMode.Concat)
        {
            weights.Add(new WeightSpec("concat_score_weight", new Shape(), Constant.Ones));
        }

        return weights;
    }

    private protected override Func<Tensor, Tensor, Tensor> BuildScores(LayerBuilder builder)
    {
        Tensor? scale = UseScale ? builder.Weight("scale") : null;
        if (ScoreMode == ScoreMode.Dot)
        {
            return (query, key) => Scaled(query.Matmul(key.transpose(1, 2)));
        }

        Tensor weight = builder.Weight("concat_score_weight");
        return (query, key) => Scaled(Pairs(query, key)).tanh().sum(-1).mul(weight);

        Tensor Scaled(Tensor x) => scale is null ? x : x.mul(scale);
    }

    private protected override OnnxValue ExportScores(OnnxGraphBuilder onnx, OnnxValue query, OnnxValue key)
    {
        if (ScoreMode == ScoreMode.Dot)
        {
            return Scaled(onnx.Node("MatMul", [query, onnx.Transpose(key, default, 0, 2, 1)], default));
        }

        OnnxValue sums = SumOverFeatures(onnx, onnx.Elementwise("Tanh", Scaled(ExportPairs(onnx, query, key))));
        return onnx.Elementwise("Mul", sums, [onnx.Weight("concat_score_weight")]);

        OnnxValue Scaled(OnnxValue x) => UseScale ? onnx.Elementwise("Mul", x, [onnx.Weight("scale")]) : x;
    }
}
