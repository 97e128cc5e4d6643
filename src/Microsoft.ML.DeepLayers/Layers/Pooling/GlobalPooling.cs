using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the poolings over all positions have in common.</summary>
public abstract record GlobalPooling : SingleInputLayer
{
    private protected GlobalPooling(bool keepDims) => KeepDims = keepDims;

    /// <summary>Whether the dimensions that are pooled stay, with length 1.</summary>
    public bool KeepDims { get; }

    /// <summary>The number of dimensions that are pooled.</summary>
    private protected abstract int Axes { get; }

    /// <summary>Whether the largest value is taken, not the average.</summary>
    private protected abstract bool TakesMaximum { get; }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        SlidingWindow.CheckRank(this, input, Axes);
        return KeepDims ? new Shape([.. Enumerable.Repeat(1, Axes), input[-1]]) : new Shape(input[-1]);
    }

    /// <inheritdoc/>
    public override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] axes = [.. Enumerable.Range(1, Axes)];
        return TakesMaximum ? (x, _) => x.amax(axes, KeepDims) : (x, _) => x.mean(axes, KeepDims);
    }

    /// <inheritdoc/>
    public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape output = ComputeOutputShape(input.Shape);
        if (!input.ChannelsFirst)
        {
            // Reducing in place saves the transpose that a pooling operator would need.
            return onnx.Node(
                TakesMaximum ? "ReduceMax" : "ReduceMean", [input], output,
                OnnxAttribute.Ints("axes", Enumerable.Range(1, Axes).Select(axis => (long)axis)), OnnxAttribute.Int("keepdims", KeepDims ? 1 : 0));
        }

        Shape kept = new([.. Enumerable.Repeat(1, Axes), input.Shape[-1]]);
        OnnxValue pooled = onnx.ChannelsFirstNode(TakesMaximum ? "GlobalMaxPool" : "GlobalAveragePool", [input], kept);
        return KeepDims ? pooled : onnx.ChannelsFirstNode("Flatten", [pooled], output);
    }
}
