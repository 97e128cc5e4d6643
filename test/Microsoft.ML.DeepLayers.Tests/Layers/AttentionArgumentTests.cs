using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Constructors of attention layers refuse what cannot be meant, and say which argument it is.</summary>
[TestClass]
public sealed class AttentionArgumentTests
{
    public static IEnumerable<(Func<object> Create, string Argument)> Refused =>
    [
        (() => new MultiHeadAttention(0, 1), "numHeads"),
        (() => new MultiHeadAttention(1, 0), "keyDim"),
        (() => new MultiHeadAttention(1, 1, valueDim: 0), "valueDim"),
        (() => new MultiHeadAttention(1, 1, outputShape: 0), "outputShape"),
        (() => new MultiHeadAttention(1, 1, dropout: 1), "dropout"),
        (() => new MultiHeadAttention(1, 1, dropout: float.NaN), "dropout"),
        (() => new GroupQueryAttention(0, 1, 1), "headDim"),
        (() => new GroupQueryAttention(1, 0, 1), "numQueryHeads"),
        (() => new GroupQueryAttention(1, 1, 0), "numKeyValueHeads"),
        (() => new GroupQueryAttention(1, 3, 2), "numQueryHeads"),
        (() => new GroupQueryAttention(1, 1, 1, dropout: -0.1f), "dropout"),
        (() => new Attention(scoreMode: (ScoreMode)2), "scoreMode"),
        (() => new Attention(dropout: 1), "dropout"),
        (() => new AdditiveAttention(dropout: 1.5f), "dropout"),
        (() => new SinePositionEncoding(0.5f), "maxWavelength"),
        (() => new SinePositionEncoding(float.NaN), "maxWavelength"),
        (() => new SinePositionEncoding(float.PositiveInfinity), "maxWavelength"),
        (() => new PositionEmbedding(0), "sequenceLength"),
        (() => new TokenAndPositionEmbedding(0, 1, 1), "vocabularySize"),
        (() => new TokenAndPositionEmbedding(1, 0, 1), "sequenceLength"),
        (() => new TokenAndPositionEmbedding(1, 1, 0), "embeddingDim"),
        (() => new TransformerEncoder(0, 1), "intermediateDim"),
        (() => new TransformerEncoder(1, 0), "numHeads"),
        (() => new TransformerEncoder(1, 1, dropout: 1), "dropout"),
        (() => new TransformerDecoder(1, 1, layerNormEpsilon: 0), "layerNormEpsilon"),
        (() => new TransformerDecoder(1, 1, layerNormEpsilon: float.NaN), "layerNormEpsilon"),
    ];

    [TestMethod]
    public void Wrong_arguments_are_refused_by_name()
    {
        foreach ((Func<object> create, string argument) in Refused)
        {
            var error = Assert.Throws<ArgumentException>(() => create(), argument);
            Assert.AreEqual(argument, error.ParamName, error.Message);
        }
    }
}
