using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the maximum and average poolings, of one and of two dimensions, have in common.</summary>
public abstract record Pooling : SingleInputLayer
{
    private protected Pooling(Padding padding)
    {
        SlidingWindow.CheckPadding(padding);
        Padding = padding;
    }

    /// <summary>What happens at the borders. Positions that <see cref="Padding.Same"/> adds never count.</summary>
    public Padding Padding { get; }

    private protected abstract SlidingWindow Window { get; }

    /// <summary>Whether the largest value of the window is taken, not the average.</summary>
    private protected abstract bool TakesMaximum { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => Window.OutputShape(this, input);

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (TakesMaximum)
        {
            Func<Tensor, Tensor> maximum = Window.ChannelsLast(
                this, input, double.NegativeInfinity, (x, window, pads) => nn.functional.max_pool2d(x, window.Size, window.Strides, pads));
            return (x, _) => maximum(x);
        }

        Func<Tensor, Tensor> average = Window.ChannelsLast(
            this, input, 0, (x, window, pads) => nn.functional.avg_pool2d(x, window.Size, window.Strides, pads, count_include_pad: false));
        if (Window.HasEvenPads(input))
        {
            return (x, _) => average(x);
        }

        // Zeros that were added to the input count for libtorch. Averaging ones shows by how much each window is diluted.
        using var scope = NewDisposeScope();
        Tensor full = ones(input.With(-1, 1).WithBatch(1), builder.NumberType, builder.TorchDevice);
        Tensor dilution = builder.Own(average(full).DetachFromDisposeScope());
        return (x, _) => average(x).div(dilution);
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        // AveragePool leaves padding out of the average unless told otherwise.
        return onnx.ChannelsFirstNode(
            TakesMaximum ? "MaxPool" : "AveragePool", [input], ComputeOutputShape(input.Shape), Window.Attributes(input.Shape));
    }
}
