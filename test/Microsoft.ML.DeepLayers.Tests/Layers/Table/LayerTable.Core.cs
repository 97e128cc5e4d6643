using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

public static partial class LayerTable
{
    private static IEnumerable<LayerInfo> Core()
    {
        yield return new("Identity", () => new Identity(), [2, 3], [4], []);
        yield return new("Masking", () => new Masking(), [4, 2], [3, 1]) { Errors = [([4], "[steps, features]"), ([2, 3, 4], "[steps, features]")], Masked = true };
        yield return new("Embedding, mask of zeros", () => new Embedding(4, 3, maskZero: true), [5])
        {
            Indices = 4,
            Errors = [([2, 3], "maskZero"), ([], "[steps]")],
        };

        yield return new("EinsumDense", () => new EinsumDense("ab,bc->ac", [4], biasAxes: "c"), [3]) { Errors = [([2, 3], "1 dimensions"), ([2, 3], "ab,bc->ac")] };
        yield return new("EinsumDense, no bias, tanh", () => new EinsumDense("ab,bc->ac", [3], Activation.Tanh), [2]);
        yield return new("EinsumDense, steps", () => new EinsumDense("abc,cd->abd", [-1, 2], biasAxes: "d"), [3, 2]);
        yield return new("EinsumDense, known steps", () => new EinsumDense("abc,cd->abd", [3, 2], biasAxes: "bd"), [3, 2])
        {
            Errors = [([2, 2], "'b' is 3"), ([Shape.Variable, 2], "'b' is 3")],
            FixedLength = true,
        };
        yield return new("EinsumDense, heads", () => new EinsumDense("abc,cde->abde", [-1, 2, 2], biasAxes: "de"), [3, 2]);
        yield return new("EinsumDense, bias with a hole", () => new EinsumDense("abc,cde->adbe", [2, -1, 2], biasAxes: "de"), [3, 2]) { FixedLength = true };
        yield return new("EinsumDense, heads joined", () => new EinsumDense("abde,dec->abc", [-1, 3], biasAxes: "c"), [2, 2, 2]);
        yield return new("EinsumDense, over steps", () => new EinsumDense("abc,bd->adc", [2, -1], biasAxes: "d"), [3, 2]);
        yield return new("EinsumDense, kernel in place", () => new EinsumDense("abc,bc->abc", [-1, -1], biasAxes: "c"), [3, 2]);
        yield return new("EinsumDense, dots in front", () => new EinsumDense("...x,xy->...y", [3], biasAxes: "y"), [2], [3, 2], [2, 2, 2]) { Errors = [([], "1 or more dimensions")] };
        yield return new("EinsumDense, dots in front, two letters", () => new EinsumDense("...xy,xz->...zy", [2, -1], biasAxes: "z"), [2, 3, 2]);
        yield return new("EinsumDense, dots behind", () => new EinsumDense("ab...,bc->ac...", [3], Activation.Sigmoid, biasAxes: "c"), [2], [2, 3], [2, 2, 2])
        {
            Errors = [([], "1 or more dimensions")],
        };
    }
}
