using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Merging()
    {
        int[][][] sets =
        [
            [[3], [3]],
            [[2, 3], [2, 3], [2, 3]],
            [[3, 2], [1, 2]],
            [[1, 2], [3, 1], [3, 2]],
            [[2, 3], [3]],
            [[2], [2, 1, 2], [1]],
            [[2, 2, 2], [2, 2, 2]],
            [[2, 3]],
            [[], [2]],
        ];
        (int[][], string)[] errors = [([[2, 3], [2, 2]], "same shape"), ([[3], [2]], "same shape"), ([], "at least one input"), ([[Shape.Variable, 2], [2, 3, 2]], "variable length")];
        (string Name, Func<Layer> Create)[] layers =
        [
            ("Add", () => new Add()), ("Multiply", () => new Multiply()), ("Average", () => new Average()), ("Maximum", () => new Maximum()),
            ("Minimum", () => new Minimum()),
        ];
        foreach ((string name, Func<Layer> create) in layers)
        {
            yield return new(name, create) { InputSets = sets, ErrorSets = errors, Masked = true };
            yield return new($"{name}, fewer dimensions", create) { InputSets = [[[2, 3, 2], [3, 2]], [[3, 2], [2, 3, 2]]], FixedLength = true, Masked = true };
        }

        yield return new("Subtract", () => new Subtract())
        {
            InputSets = [.. sets.Where(set => set.Length == 2)],
            ErrorSets = [.. errors.Take(2), ([[3], [3], [3]], "exactly two inputs")],
            Masked = true,
        };

        yield return new("Concatenate", () => new Concatenate())
        {
            InputSets = [[[3], [2]], [[2, 3], [2, 1], [2, 2]], [[2, 2, 1], [2, 2, 2]], [[2, 3]]],
            ErrorSets = [([[2, 3], [3, 3]], "differ along axis -1 alone"), ([[3], [3, 2]], "differ along axis -1 alone"), ([], "at least one input"), ([[], []], "axis -1")],
            Masked = true,
        };
        yield return new("Concatenate, first axis", () => new Concatenate(1))
        {
            InputSets = [[[3], [2]], [[2, 3], [1, 3], [3, 3]], [[1, 2, 3], [2, 2, 3]]],
            ErrorSets = [([[2, 3], [2, 2]], "differ along axis 1 alone")],
            Masked = true,
        };
        yield return new("Concatenate, middle axis", () => new Concatenate(-2))
        {
            InputSets = [[[2, 1, 3], [2, 2, 3]]],
            ErrorSets = [([[3], [3]], "axis -2")],
            Masked = true,
        };

        yield return new("Dot", () => new Dot(1))
        {
            InputSets = [[[4], [4]], [[3, 2], [3, 4]], [[3, 2], [3]], [[3], [3, 2, 2]]],
            ErrorSets = [([[4], [3]], "4 and 3 places"), ([[4]], "exactly two inputs"), ([[4], [4], [4]], "exactly two inputs"), ([[], [4]], "axis 1")],
        };
        yield return new("Dot, last axes", () => new Dot(-1))
        {
            InputSets = [[[4], [4]], [[3, 2], [4, 2]], [[2], [3, 2]], [[2, 2, 2], [3, 2]]],
            ErrorSets = [([[Shape.Variable, 2], [Shape.Variable, 2]], "variable length")],
            FixedLength = true,
        };
        yield return new("Dot, two axes", () => new Dot(new[] { 1, 2 })) { InputSets = [[[3, 2], [4, 3]], [[3], [2, 3]]], FixedLength = true };
        yield return new("Dot, normalized", () => new Dot(1, normalize: true)) { InputSets = [[[4], [4]], [[3, 2], [3, 4]]] };
        yield return new("Dot, two axes, normalized", () => new Dot(new[] { -1, 1 }, normalize: true)) { InputSets = [[[2, 3], [3, 2]]], FixedLength = true };
    }
}
