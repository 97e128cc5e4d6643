using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    // Query, value and key; the key is left out, or the value too.
    private static int[][][] Sources => [[[3, 4], [2, 4]], [[2, 4], [3, 4], [3, 4]], [[3, 4]]];

    private static (int[][] Inputs, string Message)[] WrongSources =>
    [
        ([[3, 4], [2]], "[steps, features]"), ([[3, 4], [2, 4], [2, 4], [2, 4]], "one to three inputs"), ([], "query, value and key"),
        ([[3, 4], [2, 4], [3, 4]], "the same number of steps"), ([[Shape.Variable, 4], [2, 4], [5, 4]], "the same number of steps"),
    ];

    private static (int[][] Inputs, string Message)[] WrongFeatures => [([[3, 4], [2, 5]], "same number of features"), ([[3, 4], [2, 4], [2, 3]], "same number of features")];

    private static IEnumerable<LayerInfo> ProjectedAttentionLayers()
    {
        yield return new("MultiHeadAttention", () => new MultiHeadAttention(2, 3))
        {
            InputSets = [[[3, 2], [2, 3]], [[2, 2], [3, 1], [3, 2]], [[3, 2]]],
            ErrorSets = WrongSources,
            Masked = true,
        };
        yield return new("MultiHeadAttention, causal", () => new MultiHeadAttention(2, 2, useCausalMask: true))
        {
            InputSets = [[[4, 2], [3, 2]], [[2, 2], [3, 2], [3, 2]], [[3, 2]]],
            Masked = true,
        };
        yield return new("MultiHeadAttention, value dim", () => new MultiHeadAttention(2, 2, valueDim: 3, outputShape: 5))
        {
            InputSets = [[[3, 2], [2, 2]], [[3, 2]]],
            Masked = true,
        };
        yield return new("MultiHeadAttention, one head without bias", () => new MultiHeadAttention(1, 2, useBias: false))
        {
            InputSets = [[[3, 2], [2, 2]]],
            Masked = true,
        };
        yield return new("MultiHeadAttention, dropout", () => new MultiHeadAttention(2, 2, dropout: 0.4f))
        {
            InputSets = [[[3, 2], [4, 2]], [[3, 2]]],
            Masked = true,
        };
        yield return new("MultiHeadAttention, scores", () => new MultiHeadAttention(2, 2, dropout: 0.3f, useCausalMask: true, returnAttentionScores: true))
        {
            InputSets = [[[3, 2], [2, 2]], [[3, 2]]],
            ErrorSets = [([[3, 2], [Shape.Variable, 2]], "known number of steps")],
            Masked = true,
        };

        yield return new("GroupQueryAttention", () => new GroupQueryAttention(2, 4, 2))
        {
            InputSets = [[[3, 2], [2, 2]], [[2, 2], [3, 1], [3, 2]], [[3, 2]]],
            ErrorSets = WrongSources,
            Masked = true,
        };
        yield return new("GroupQueryAttention, one key, causal", () => new GroupQueryAttention(2, 3, 1, useBias: false, useCausalMask: true))
        {
            InputSets = [[[3, 2], [4, 2]], [[3, 2]]],
            Masked = true,
        };
        yield return new("GroupQueryAttention, dropout", () => new GroupQueryAttention(1, 4, 2, dropout: 0.4f)) { InputSets = [[[3, 2]]], Masked = true };
        yield return new("GroupQueryAttention, as many keys", () => new GroupQueryAttention(2, 2, 2)) { InputSets = [[[3, 2], [2, 2]]], Masked = true };
        yield return new("GroupQueryAttention, scores", () => new GroupQueryAttention(2, 4, 2, returnAttentionScores: true))
        {
            InputSets = [[[3, 2], [2, 2]]],
            ErrorSets = [([[Shape.Variable, 2]], "known number of steps")],
            Masked = true,
        };
    }

    private static IEnumerable<LayerInfo> UnprojectedAttentionLayers()
    {
        yield return new("Attention", () => new Attention()) { InputSets = [.. Sources, [[3, 4], [2, 5], [2, 4]]], ErrorSets = [.. WrongSources, .. WrongFeatures], Masked = true };
        yield return new("Attention, scale, causal", () => new Attention(useScale: true, useCausalMask: true)) { InputSets = Sources, Masked = true };
        yield return new("Attention, concat", () => new Attention(scoreMode: ScoreMode.Concat)) { InputSets = Sources, Masked = true };
        yield return new("Attention, concat, scale, dropout", () => new Attention(true, ScoreMode.Concat, dropout: 0.3f)) { InputSets = Sources, Masked = true };
        yield return new("Attention, scores", () => new Attention(dropout: 0.3f, useCausalMask: true, returnAttentionScores: true))
        {
            InputSets = Sources,
            ErrorSets = [([[Shape.Variable, 4]], "known number of steps")],
            Masked = true,
        };
        yield return new("AdditiveAttention", () => new AdditiveAttention()) { InputSets = Sources, ErrorSets = [.. WrongSources, .. WrongFeatures], Masked = true };
        yield return new("AdditiveAttention, no scale, causal", () => new AdditiveAttention(useScale: false, useCausalMask: true)) { InputSets = Sources, Masked = true };
        yield return new("AdditiveAttention, scores, dropout", () => new AdditiveAttention(dropout: 0.4f, returnAttentionScores: true)) { InputSets = Sources, Masked = true };
    }

    private static IEnumerable<LayerInfo> Positions()
    {
        yield return new("SinePositionEncoding", () => new SinePositionEncoding(), [5, 4], [3, 5], [2, 4, 3]) { Errors = [([4], "[..., steps, features]")] };
        yield return new("SinePositionEncoding, short waves", () => new SinePositionEncoding(20), [6, 2]);
        yield return new("ClassToken", () => new ClassToken(), [4, 3], [1, 2]) { Errors = [([4], "[steps, features]"), ([2, 3, 4], "[steps, features]")] };
        yield return new("PositionEmbedding", () => new PositionEmbedding(4), [4, 3], [3, 2], [2, 3, 4])
        {
            Errors = [([4], "[..., steps, features]"), ([5, 3], "at most 4 steps"), ([2, 5, 3], "at most 4 steps")],
        };
        yield return new("TokenAndPositionEmbedding", () => new TokenAndPositionEmbedding(5, 4, 3), [4], [2])
        {
            Indices = 5,
            Errors = [([5], "at most 4 steps"), ([2, 2], "[steps]")],
        };
        yield return new("TokenAndPositionEmbedding, masked", () => new TokenAndPositionEmbedding(4, 6, 2, maskZero: true), [6]) { Indices = 4 };
    }

    private static IEnumerable<LayerInfo> Transformers()
    {
        yield return new("TransformerEncoder", () => new TransformerEncoder(2, 2), [3, 3])
        {
            Errors = [([3], "[steps, features]"), ([3, 1], "at least as many features as heads (2)")],
            ErrorSets = [([[3, 3], [3, 3]], "one input")],
        };
        yield return new(
            "TransformerEncoder, norm first, dropout, tanh", () => new TransformerEncoder(3, 1, 0.3f, Activation.Tanh, layerNormEpsilon: 0.1f, normalizeFirst: true), [2, 3]);
        yield return new("TransformerDecoder", () => new TransformerDecoder(2, 2))
        {
            InputSets = [[[3, 3]], [[2, 3], [3, 2]]],
            Errors = [([3], "decoder and encoder sequence")],
            ErrorSets = [([[3, 3], [3, 3], [3, 3]], "one or two inputs"), ([[3, 1], [3, 3]], "at least as many features as heads (2)")],
        };
        yield return new("TransformerDecoder, norm first, dropout", () => new TransformerDecoder(2, 1, 0.3f, Activation.SiLU, normalizeFirst: true))
        {
            InputSets = [[[3, 3]], [[3, 3], [2, 2]]],
        };
    }
}
