using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>Which steps of the source each step of the target may look at: the masks of the inputs, and causality.</summary>
internal static class AttentionMask
{
    /// <summary>Joins masks into one.</summary>
    /// <param name="query">The mask of the query, <c>[batch, target steps]</c>.</param>
    /// <param name="sources">The masks of value and key, <c>[batch, source steps]</c>.</param>
    /// <param name="causal">Where not null, a step may only look at source steps up to its own; it has the query and the value.</param>
    /// <returns>Booleans that broadcast to <c>[batch, target steps, source steps]</c>, or null where all may be looked at.</returns>
    public static Tensor? Join(Tensor? query, IEnumerable<Tensor?> sources, (Tensor Query, Tensor Value)? causal)
    {
        Tensor? mask = query?.unsqueeze(2);
        foreach (Tensor source in sources.OfType<Tensor>())
        {
            mask = And(mask, source.unsqueeze(1));
        }

        return causal is (Tensor target, Tensor value)
            ? And(mask, ones([1, target.shape[1], value.shape[1]], ScalarType.Bool, target.device).tril())
            : mask;
    }

    /// <summary>The ONNX nodes of <see cref="Join"/>.</summary>
    /// <param name="onnx">The graph to add to.</param>
    /// <param name="query">The mask of the query.</param>
    /// <param name="sources">The masks of value and key.</param>
    /// <param name="causal">Where not null, a step may only look at source steps up to its own; it has the query and the value.</param>
    /// <param name="heads">The number of dimensions that the scores have between batch and target steps.</param>
    public static OnnxValue? Export(
        OnnxGraphBuilder onnx, OnnxValue? query, IEnumerable<OnnxValue?> sources, (OnnxValue Query, OnnxValue Value)? causal, int heads)
    {
        long[] axes = [.. Enumerable.Range(1, heads + 1)];
        OnnxValue? mask = query is null ? null : Unsqueeze(onnx, query, [.. axes.SkipLast(1), heads + 2]);
        foreach (OnnxValue source in sources.OfType<OnnxValue>())
        {
            mask = And(onnx, mask, Unsqueeze(onnx, source, axes));
        }

        if (causal is not (OnnxValue target, OnnxValue value))
        {
            return mask;
        }

        // Where the numbers of steps are known, ONNX Runtime computes all of this when it loads the model.
        OnnxValue rows = Unsqueeze(onnx, Positions(onnx, target), [1]);
        return And(onnx, mask, onnx.Node("GreaterOrEqual", [rows, Positions(onnx, value)], default));
    }

    /// <summary>Adds dimensions of length 1.</summary>
    public static OnnxValue Unsqueeze(OnnxGraphBuilder onnx, OnnxValue value, long[] axes) =>
        onnx.Node("Unsqueeze", [value, onnx.Constant(axes)], default);

    /// <summary>The whole numbers 0, 1, ... for the steps of a sequence, <c>[steps]</c>, found when the graph runs.</summary>
    /// <param name="onnx">The graph to add to.</param>
    /// <param name="sequence">The sequence.</param>
    /// <param name="axis">The dimension that is the steps, the batch being 0.</param>
    public static OnnxValue Positions(OnnxGraphBuilder onnx, OnnxValue sequence, int axis = 1)
    {
        OnnxValue steps = onnx.Node("Shape", [sequence], default, OnnxAttribute.Int("start", axis), OnnxAttribute.Int("end", axis + 1));
        OnnxValue one = Scalar(onnx.Constant(1));
        return onnx.Node("Range", [Scalar(onnx.Constant(0)), Scalar(steps), one], default);

        OnnxValue Scalar(OnnxValue list) => onnx.Node("Squeeze", [list], default);
    }

    private static Tensor And(Tensor? left, Tensor right) => left is null ? right : left.logical_and(right);

    private static OnnxValue And(OnnxGraphBuilder onnx, OnnxValue? left, OnnxValue right) =>
        left is null ? right : onnx.Node("And", [left, right], default);
}
