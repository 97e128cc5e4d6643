using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the zero paddings of one to three dimensions have in common.</summary>
public abstract record ZeroPaddingLayer : SingleInputLayer
{
    private protected ZeroPaddingLayer()
    {
    }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => true;

    /// <summary>What is added to each axis.</summary>
    private protected abstract Margin[] Margins { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        Margin[] margins = Margins;
        SlidingWindow.CheckRank(this, input, margins.Length);
        return new Shape([.. margins.Select((margin, axis) => input[axis] == Shape.Variable ? Shape.Variable : checked((int)(input[axis] + margin.Total))), input[-1]]);
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        // libtorch counts axes from the last one, the channels, backwards.
        long[] pads = [0, 0, .. Margins.AsEnumerable().Reverse().SelectMany(margin => new long[] { margin.Begin, margin.End })];
        return (x, _) => nn.functional.pad(x, pads);
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        long[] begins = input.ByAxis(0L, Margins.Select(margin => (long)margin.Begin), 0L);
        long[] ends = input.ByAxis(0L, Margins.Select(margin => (long)margin.End), 0L);
        return onnx.PositionsNode("Pad", [input, onnx.Constant([.. begins, .. ends])], ComputeOutputShape(input.Shape));
    }
}
