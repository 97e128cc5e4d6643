using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Preprocessing()
    {
        yield return new("Rescaling", () => new Rescaling(0.25f, -1), [3], [2, 3], []);
        yield return new("Rescaling, no offset", () => new Rescaling(-2), [2, 3]);

        yield return new("Normalization", () => new Normalization(), [3], [2, 3], [2, 2, 3]) { Errors = [([], "axis -1")] };
        yield return new("Normalization, inverted", () => new Normalization(invert: true), [2, 3]);
        yield return new("Normalization, given", () => new Normalization(mean: [0.5f, -1, 2], variance: [4, 0.25f, 0.01f]), [3], [2, 3])
        {
            Errors = [([2], "3 positions at axis -1")],
        };
        yield return new("Normalization, one for all", () => new Normalization(mean: [3], variance: [2]), [2, 3]);
        yield return new("Normalization, constant feature", () => new Normalization(mean: [1], variance: [0], invert: true), [3]);
        yield return new("Normalization, axis 1", () => new Normalization(axis: 1), [2, 3]) { Errors = [([], "axis 1")] };
        yield return new("Normalization, axis 1, given", () => new Normalization(axis: 1, mean: [1, 2], variance: [3, 4], invert: true), [2, 3]);

        yield return new("Discretization", () => new Discretization([-0.51f, 0.03f, 1.07f]), [4], [2, 3], []);
        yield return new("Discretization, one-hot", () => new Discretization([-0.51f, 0.03f], outputMode: OutputMode.OneHot), [3], [2, 1], [2, 3]);
        yield return new("Discretization, multi-hot", () => new Discretization([-0.51f, 0.03f], outputMode: OutputMode.MultiHot), [3], [2, 3], []);
        yield return new("Discretization, count", () => new Discretization([-0.51f, 0.03f], outputMode: OutputMode.Count), [3], [2, 3], []);
        yield return new("Discretization, learned", () => new Discretization(numBins: 4), [4], [2, 3]);

        yield return new("CategoryEncoding", () => new CategoryEncoding(4), [3], [2, 3], []) { Indices = 5 };
        yield return new("CategoryEncoding, one-hot", () => new CategoryEncoding(4, OutputMode.OneHot), [3], [2, 1], []) { Indices = 5 };
        yield return new("CategoryEncoding, count", () => new CategoryEncoding(4, OutputMode.Count), [3], [2, 3], []) { Indices = 5 };
        yield return new("CategoryEncoding, weighted count", () => new CategoryEncoding(4, OutputMode.Count))
        {
            InputSets = [[[3], [3]], [[2, 3], [2, 3]], [[], []]],
            ErrorSets = [([[3], [2]], "two of the same shape"), ([[3], [3], [3]], "one input")],
            Indices = 5,
        };

        yield return new("Hashing", () => new Hashing(7), [4], [2, 3], []) { Indices = 100_000 };
        yield return new("Hashing, mask and salt", () => new Hashing(3, maskValue: 2, salt: 11), [6]) { Indices = 4 };
        yield return new("Hashing, one bin", () => new Hashing(1, maskValue: 2), [3]) { Indices = 4 };
        yield return new("Hashing, one-hot", () => new Hashing(5, outputMode: OutputMode.OneHot), [3], [2, 1]) { Indices = 1000 };
        yield return new("Hashing, count", () => new Hashing(3, outputMode: OutputMode.Count), [5]) { Indices = 1000 };
        yield return new("HashedCrossing", () => new HashedCrossing(7))
        {
            InputSets = [[[], []], [[1], [1], [1]]],
            ErrorSets = [([[1]], "two or more"), ([[1], []], "two or more"), ([[2], [2]], "of shape [1]")],
            Indices = 1000,
        };
        yield return new("HashedCrossing, one-hot", () => new HashedCrossing(7, OutputMode.OneHot)) { InputSets = [[[], []], [[1], [1]]], Indices = 1000 };

        yield return new("IntegerLookup", () => new IntegerLookup(vocabulary: [6, 2, 5]), [5], [2, 3], []) { Indices = 8 };
        yield return new("IntegerLookup, mask and places outside", () => new IntegerLookup(numOovIndices: 3, maskToken: 0, vocabulary: [6, 2, 5]), [6]) { Indices = 8 };
        yield return new("IntegerLookup, no place outside", () => new IntegerLookup(numOovIndices: 0, vocabulary: [6, 2, 5]), [6]) { Indices = 8 };
        yield return new("IntegerLookup, one-hot", () => new IntegerLookup(maskToken: 1, vocabulary: [6, 2], outputMode: OutputMode.OneHot), [4], [2, 1]) { Indices = 8 };
        yield return new("IntegerLookup, multi-hot", () => new IntegerLookup(vocabulary: [6, 2], outputMode: OutputMode.MultiHot), [4]) { Indices = 8 };
        yield return new("IntegerLookup, count", () => new IntegerLookup(numOovIndices: 2, vocabulary: [6, 2], outputMode: OutputMode.Count), [6]) { Indices = 8 };
        yield return new("IntegerLookup, learned", () => new IntegerLookup(maxTokens: 5), [4]) { Indices = 8 };
    }
}
