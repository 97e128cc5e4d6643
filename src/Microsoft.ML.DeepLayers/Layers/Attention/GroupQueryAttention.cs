namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Attention with several heads of which groups share one key and one value (Ainslie et al. 2023): fewer weights and less
/// memory than <see cref="MultiHeadAttention"/>, which it is where every query head has a key of its own. With a single
/// key head it is multi-query attention. Query head h looks at key head h · key heads / query heads, rounded down.
/// <para>
/// Inputs: the query <c>[batch, target steps, features]</c>, the value <c>[batch, source steps, features]</c> and the key
/// <c>[batch, source steps, features]</c>, in this order. The key is the value where it is left out, as in Keras; with the
/// query alone, the layer is self-attention, our convenience for <c>Sequential</c>. Output
/// <c>[batch, target steps, features of the query]</c>; with <see cref="ProjectedAttention.ReturnAttentionScores"/> also the
/// weights, <c>[batch, query heads, target steps, source steps]</c>.
/// </para>
/// <para>Masks are used and handed on as by <see cref="MultiHeadAttention"/>.</para>
/// <para>
/// Weights: <c>query/kernel [features, query heads, head dimension]</c>, <c>query/bias [query heads, head dimension]</c>,
/// the same with the key heads for <c>key</c> and <c>value</c>, <c>attention_output/kernel [query heads, head dimension,
/// features]</c> and <c>attention_output/bias [features]</c>.
/// </para>
/// <para>Keras: <c>GroupQueryAttention</c>; ONNX: MatMul, Add, Mul, Reshape, Transpose and Softmax, and Where for masks.</para>
/// </summary>
/// <example>
/// <c>new GroupQueryAttention(headDim: 16, numQueryHeads: 8, numKeyValueHeads: 2)</c> turns <c>[20, 64]</c> into
/// <c>[20, 64]</c>.
/// </example>
public sealed record GroupQueryAttention : ProjectedAttention
{
    /// <summary>Creates the layer.</summary>
    /// <param name="headDim">The numbers that each head compares, and that it finds; at least 1.</param>
    /// <param name="numQueryHeads">The number of query heads, a multiple of <paramref name="numKeyValueHeads"/>.</param>
    /// <param name="numKeyValueHeads">The number of heads of key and value; at least 1.</param>
    /// <param name="dropout">The fraction of the attention weights that is dropped in training; at least 0 and below 1. Default: 0.</param>
    /// <param name="useBias">Whether the four projections add a bias. Default: <see langword="true"/>.</param>
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
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is below 1, the query heads are no multiple of the key heads, or the dropout is not within [0, 1).
    /// </exception>
    public GroupQueryAttention(
        int headDim,
        int numQueryHeads,
        int numKeyValueHeads,
        float dropout = 0,
        bool useBias = true,
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
        ArgumentOutOfRangeException.ThrowIfLessThan(headDim, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(numQueryHeads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(numKeyValueHeads, 1);
        if (numQueryHeads % numKeyValueHeads != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(numQueryHeads), numQueryHeads, $"The number of query heads must be a multiple of the key and value heads ({numKeyValueHeads}).");
        }

        HeadDim = headDim;
        NumQueryHeads = numQueryHeads;
        NumKeyValueHeads = numKeyValueHeads;
    }

    /// <summary>The numbers that each head compares, and that it finds.</summary>
    public int HeadDim { get; }

    /// <summary>The number of query heads.</summary>
    public int NumQueryHeads { get; }

    /// <summary>The number of heads of key and value.</summary>
    public int NumKeyValueHeads { get; }

    private protected override int QueryHeads => NumQueryHeads;

    private protected override int KeyValueHeads => NumKeyValueHeads;

    private protected override int KeySize => HeadDim;

    private protected override int ValueSize => HeadDim;

    private protected override int? OutputSize => null;
}
