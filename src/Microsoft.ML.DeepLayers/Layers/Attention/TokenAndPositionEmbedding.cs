using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Looks up a trained vector for each token and adds one for its position: <see cref="Embedding"/> and
/// <see cref="PositionEmbedding"/> in one.
/// <para>
/// Input <c>[batch, steps]</c>, whole numbers from 0 to vocabulary size - 1 (as floats); output
/// <c>[batch, steps, embedding dimension]</c>.
/// </para>
/// <para>
/// Weights: <c>token_embedding/embeddings [vocabulary size, embedding dimension]</c> and
/// <c>position_embedding/embeddings [sequence length, embedding dimension]</c>.
/// </para>
/// <para>Keras: <c>TokenAndPositionEmbedding</c> (of KerasHub); ONNX: Cast, Gather, Slice, Expand and Add.</para>
/// </summary>
/// <example><c>new TokenAndPositionEmbedding(10_000, 512, 64)</c> turns <c>[100]</c> into <c>[100, 64]</c>.</example>
public sealed record TokenAndPositionEmbedding : SingleInputLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="vocabularySize">How many different tokens there are; at least 1.</param>
    /// <param name="sequenceLength">The most steps that a sequence may have; at least 1.</param>
    /// <param name="embeddingDim">The length of the vectors; at least 1.</param>
    /// <param name="embeddingsInitializer">How the vectors of both kinds start. Default: <see cref="RandomUniform"/>.</param>
    /// <param name="maskZero">Whether token 0 is padding, which a mask leaves out of what follows. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public TokenAndPositionEmbedding(
        int vocabularySize, int sequenceLength, int embeddingDim, Initializer? embeddingsInitializer = null, bool maskZero = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(embeddingDim, 1);
        VocabularySize = vocabularySize;
        SequenceLength = sequenceLength;
        EmbeddingDim = embeddingDim;
        EmbeddingsInitializer = embeddingsInitializer ?? new RandomUniform();
        MaskZero = maskZero;
    }

    /// <summary>How many different tokens there are.</summary>
    public int VocabularySize { get; }

    /// <summary>The most steps that a sequence may have.</summary>
    public int SequenceLength { get; }

    /// <summary>The length of the vectors.</summary>
    public int EmbeddingDim { get; }

    /// <summary>How the vectors of both kinds start.</summary>
    public Initializer EmbeddingsInitializer { get; }

    /// <summary>Whether token 0 is padding.</summary>
    public bool MaskZero { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    private Embedding Tokens => new(VocabularySize, EmbeddingDim, EmbeddingsInitializer);

    private PositionEmbedding Positions => new(SequenceLength, EmbeddingsInitializer);

    /// <inheritdoc/>
    public override Shape ComputeOutputShape(Shape input)
    {
        if (input.Rank != 1)
        {
            throw new LayerShapeException(this, [input], "an input of shape [steps]");
        }

        return input[0] <= SequenceLength
            ? new Shape(input[0], EmbeddingDim)
            : throw new LayerShapeException(this, [input], $"at most {SequenceLength} steps", "Give it a longer sequenceLength.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
    [
        .. WeightSpec.Prefixed("token_embedding", Tokens.GetWeights(input)),
        .. WeightSpec.Prefixed("position_embedding", Positions.GetWeights(ComputeOutputShape(input))),
    ];

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction tokens = builder.BuildInner("token_embedding", Tokens, [input]);
        LayerFunction positions = builder.BuildInner("position_embedding", Positions, [ComputeOutputShape(input)]);
        return (x, context) =>
        {
            IReadOnlyList<Tensor> found = tokens([x], context);
            return found[0].Add(positions(found, context)[0]);
        };
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        OnnxValue found = Tokens.Export(onnx.Inner("token_embedding"), input);
        return onnx.Binary("Add", found, Positions.Export(onnx.Inner("position_embedding"), found));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return [MaskZero ? inputs[0].NotEqual(0) : null];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        const int Bool = 9; // TensorProto.DataType
        return [MaskZero ? onnx.Node("Cast", [inputs[0]], inputs[0].Shape, OnnxAttribute.Int("to", Bool)) : null];
    }
}
