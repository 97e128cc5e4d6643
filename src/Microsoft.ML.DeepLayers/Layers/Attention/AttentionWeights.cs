using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>From scores to weights that sum to 1 over the source steps.</summary>
internal static class AttentionWeights
{
    /// <summary>
    /// The score of a step that must not be looked at. It is finite, so that a step that may look at nothing looks at all
    /// steps alike, and not at NaN.
    /// </summary>
    private const float Hidden = -1e9f;

    // Float16 ends at 65504.
    private const float HiddenInFloat16 = -6e4f;

    /// <summary>Softmax over the last dimension, but for the steps that the mask hides.</summary>
    /// <param name="scores">The scores, <c>[batch, ..., target steps, source steps]</c>.</param>
    /// <param name="mask">True for what counts; it broadcasts to the scores.</param>
    public static Tensor Softmax(Tensor scores, Tensor? mask) =>
        (mask is null ? scores : scores.MaskedFill(mask.logical_not(), scores.dtype == ScalarType.Float16 ? HiddenInFloat16 : Hidden)).softmax(-1);

    /// <summary>The ONNX nodes of <see cref="Softmax"/>.</summary>
    public static OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue scores, OnnxValue? mask)
    {
        OnnxValue visible = mask is null ? scores : onnx.Node("Where", [mask, scores, onnx.Constant([Hidden])], scores.Shape);
        return onnx.Node("Softmax", [visible], scores.Shape, OnnxAttribute.Int("axis", -1));
    }

    /// <summary>Drops weights in training, as <see cref="Layers.Dropout"/> does.</summary>
    public static Tensor Drop(Layer layer, Tensor weights, float rate, ForwardContext context)
    {
        if (!context.Training || rate == 0)
        {
            return weights;
        }

        double kept = 1 - (double)rate;
        return weights.mul(empty_like(weights).bernoulli_(kept, context.RequireGenerator(layer)).DivideInPlace(kept));
    }

    /// <summary>A rate of dropout, if it is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not within [0, 1).</exception>
    public static float CheckDropout(float dropout) => dropout is >= 0 and < 1
        ? dropout
        : throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "The rate must be at least 0 and below 1.");
}
