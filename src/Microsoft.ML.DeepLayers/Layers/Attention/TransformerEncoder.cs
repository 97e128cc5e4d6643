namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A block of a transformer that reads a sequence as a whole (Vaswani et al. 2017):
/// y = norm(x + attention(x)), then norm(y + dense(activation(dense(y)))); or, with
/// <see cref="TransformerBlock.NormalizeFirst"/>, y = x + attention(norm(x)), then y + dense(activation(dense(norm(y)))).
/// The attention is <see cref="MultiHeadAttention"/> of x to itself, with heads of features / heads numbers (rounded
/// down). Blocks are stacked one after the other; positions are to be added to the input of the first.
/// <para>Input and output <c>[batch, steps, features]</c>, the same shape. Steps that the mask leaves out are not looked at; the mask is handed on.</para>
/// <para>
/// The weights are those of the layers inside: <c>self_attention_layer</c>, <c>self_attention_layer_norm</c>,
/// <c>feedforward_intermediate_dense</c>, <c>feedforward_output_dense</c> and <c>feedforward_layer_norm</c>.
/// </para>
/// <para>Keras: <c>TransformerEncoder</c> (of KerasHub); ONNX: those of MultiHeadAttention, LayerNormalization and Dense.</para>
/// </summary>
/// <example><c>new TransformerEncoder(intermediateDim: 256, numHeads: 4)</c> turns <c>[20, 64]</c> into <c>[20, 64]</c>.</example>
public sealed record TransformerEncoder : TransformerBlock
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
    public TransformerEncoder(
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

    private protected override bool IsDecoder => false;

    private protected override string SelfAttention => "self_attention_layer";
}
