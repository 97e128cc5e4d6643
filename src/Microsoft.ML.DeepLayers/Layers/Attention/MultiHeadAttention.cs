namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Attention with several heads (Vaswani et al. 2017). Each head compares every step of the query with every step of the
/// key, and takes the mean of the values weighted by how well they fit:
/// softmax(Q · Kᵀ / sqrt(key dimension)) · V, where Q, K and V are projections of query, key and value. The heads side by
/// side are projected to the output.
/// <para>
/// Inputs: the query <c>[batch, target steps, features]</c>, the value <c>[batch, source steps, features]</c> and the key
/// <c>[batch, source steps, features]</c>, in this order. The key is the value where it is left out, as in Keras; with the
/// query alone, the layer is self-attention, our convenience for <c>Sequential</c>. Output
/// <c>[batch, target steps, output features]</c>; with <see cref="ProjectedAttention.ReturnAttentionScores"/> also the
/// weights, <c>[batch, heads, target steps, source steps]</c>.
/// </para>
/// <para>
/// A weight counts where the masks of query, value and key all say so, and with
/// <see cref="ProjectedAttention.UseCausalMask"/> only for source steps up to the target step. A step that may look at
/// nothing (padding of the query) gets the mean of all values. The mask of the query is handed on.
/// </para>
/// <para>
/// Weights: <c>query/kernel [features, heads, key dimension]</c>, <c>query/bias [heads, key dimension]</c>, the same for
/// <c>key</c> and (with the value dimension) <c>value</c>, <c>attention_output/kernel [heads, value dimension, output
/// features]</c> and <c>attention_output/bias [output features]</c>.
/// </para>
/// <para>Keras: <c>MultiHeadAttention</c>; ONNX: MatMul, Add, Mul, Reshape, Transpose and Softmax, and Where for masks.</para>
/// </summary>
/// <example><c>new MultiHeadAttention(numHeads: 4, keyDim: 16)</c> turns <c>[20, 64]</c> into <c>[20, 64]</c>.</example>
public sealed record MultiHeadAttention : ProjectedAttention
{
    /// <summary>Creates the layer.</summary>
    /// <param name="numHeads">The number of heads; at least 1.</param>
    /// <param name="keyDim">The numbers that each head compares; at least 1. Mostly the features divided by the heads.</param>
    /// <param name="valueDim">The numbers that each head finds; at least 1. Default: <paramref name="keyDim"/>.</param>
    /// <param name="dropout">The fraction of the attention weights that is dropped in training; at least 0 and below 1. Default: 0.</param>
    /// <param name="useBias">Whether the four projections add a bias. Default: <see langword="true"/>.</param>
    /// <param name="outputShape">The features of the output; at least 1. Default: those of the query.</param>
    /// <param name="kernelInitializer">How the four kernels start. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the four biases start. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="useCausalMask">
    /// Whether step t looks only at source steps up to t, as a decoder must. Default: <see langword="false"/>. In Keras it
    /// is an argument of the call; definitions here are fixed, so it is one of the layer.
    /// </param>
    /// <param name="returnAttentionScores">
    /// Whether the attention weights are a second output. Default: <see langword="false"/>. In Keras it is an argument of
    /// the call. The inputs must then have a known number of steps.
    /// </param>
    /// <param name="kernelRegularizer">What the kernels add to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the biases add to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernels must satisfy. Default: nothing.</param>
    /// <param name="biasConstraint">What the biases must satisfy. Default: nothing.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the dropout not within [0, 1).</exception>
    public MultiHeadAttention(
        int numHeads,
        int keyDim,
        int? valueDim = null,
        float dropout = 0,
        bool useBias = true,
        int? outputShape = null,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        bool useCausalMask = false,
        bool returnAttentionScores = false,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
        : base(
            dropout, useBias, kernelInitializer, biasInitializer, useCausalMask, returnAttentionScores, kernelRegularizer, biasRegularizer,
            kernelConstraint, biasConstraint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numHeads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyDim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(valueDim ?? 1, 1, nameof(valueDim));
        ArgumentOutOfRangeException.ThrowIfLessThan(outputShape ?? 1, 1, nameof(outputShape));
        NumHeads = numHeads;
        KeyDim = keyDim;
        ValueDim = valueDim;
        OutputShape = outputShape;
    }

    /// <summary>The number of heads.</summary>
    public int NumHeads { get; }

    /// <summary>The numbers that each head compares.</summary>
    public int KeyDim { get; }

    /// <summary>The numbers that each head finds; <see langword="null"/> for as many as it compares.</summary>
    public int? ValueDim { get; }

    /// <summary>The features of the output; <see langword="null"/> for those of the query.</summary>
    public int? OutputShape { get; }

    private protected override int QueryHeads => NumHeads;

    private protected override int KeyValueHeads => NumHeads;

    private protected override int KeySize => KeyDim;

    private protected override int ValueSize => ValueDim ?? KeyDim;

    private protected override int? OutputSize => OutputShape;
}
