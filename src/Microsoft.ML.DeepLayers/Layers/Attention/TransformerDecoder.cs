namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A block of a transformer in which no step sees a later one (Vaswani et al. 2017). With one input it is
/// <see cref="TransformerEncoder"/> with a causal mask (as in GPT). With two, attention to the second, the encoder's
/// output, comes between: y = norm(x + attention(x)), z = norm(y + attention(y, encoder)), then
/// norm(z + dense(activation(dense(z)))); or with <see cref="TransformerBlock.NormalizeFirst"/> norm before each part, of
/// x, y and z alone.
/// <para>
/// Inputs: the decoder sequence <c>[batch, steps, features]</c> and, if wanted, the encoder sequence <c>[batch, source
/// steps, source features]</c>; output <c>[batch, steps, features]</c>. Steps that the masks leave out are not looked at;
/// the mask of the first input is handed on.
/// </para>
/// <para>
/// The weights are those of the layers inside: <c>self_attention</c>, <c>self_attention_layer_norm</c>, with two inputs
/// <c>cross_attention</c> and <c>cross_attention_layer_norm</c>, <c>feedforward_intermediate_dense</c>,
/// <c>feedforward_output_dense</c> and <c>feedforward_layer_norm</c>.
/// </para>
/// <para>Keras: <c>TransformerDecoder</c> (of KerasHub); ONNX: those of MultiHeadAttention, LayerNormalization and Dense.</para>
/// </summary>
/// <example><c>new TransformerDecoder(intermediateDim: 256, numHeads: 4)</c> turns <c>[20, 64]</c> into <c>[20, 64]</c>.</example>
public sealed record TransformerDecoder : TransformerBlock
{
    /// <summary>Creates the layer.</summary>
    /// <param name="intermediateDim">The units of the first of the two dense layers; at least 1. Mostly four times the features.</param>
    /// <param name="numHeads">The number of heads; at least 1 and at most the features.</param>
    /// <param name="dropout">The fraction that is dropped in training, of the attention weights and of what each part adds; at least 0 and below 1. Default: 0.</param>
    /// <param name="activation">The activation of the first of the two dense layers. Default: <see cref="Activation.ReLU"/>.</param>
    /// <param name="layerNormEpsilon">What the normalizations add to the variance; above 0. Default: 0.00001.</param>
    /// <param name="kernelInitializer">How the kernels start. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the biases start. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="normalizeFirst">Whether the input of each part is normalized (as in GPT-2), rather than the sum (as in BERT). Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, the dropout not within [0, 1), or epsilon not above 0.</exception>
    public TransformerDecoder(
        int intermediateDim,
        int numHeads,
        float dropout = 0,
        Activation? activation = null,
        float layerNormEpsilon = 1e-5f,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        bool normalizeFirst = false)
        : base(intermediateDim, numHeads, dropout, activation, layerNormEpsilon, kernelInitializer, biasInitializer, normalizeFirst)
    {
    }

    private protected override bool IsDecoder => true;

    private protected override string SelfAttention => "self_attention";
}
