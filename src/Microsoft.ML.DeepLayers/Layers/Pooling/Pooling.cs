using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the maximum and average poolings, of one, two and three dimensions, have in common.</summary>
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
    /// <remarks>
    /// Not where the padding depends on the length and strides above the pool size leave positions over: ONNX Runtime
    /// computes a padding below 0 and refuses it.
    /// </remarks>
    public sealed override bool AllowsVariableLength => Window.HasKnownPads(new Shape(Shape.Variable)) || !Window.Strides.Zip(Window.Size).Any(axis => axis.First > axis.Second);

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => !input.HasVariableLength || AllowsVariableLength
        ? Window.OutputShape(this, input)
        : throw new LayerShapeException(this, [input], "a known number of steps", "With Padding.Same and strides above the pool size the padding depends on it.");

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<Tensor, Tensor> pool = Window.ChannelsLast(this, input, TakesMaximum ? double.NegativeInfinity : 0, Pool);
        if (TakesMaximum || Window.HasEvenPads(input))
        {
            return (x, _) => pool(x);
        }

        // Zeros that were added to the input count for libtorch. Averaging ones shows by how much each window is diluted.
        if (input.HasVariableLength)
        {
            return (x, _) => pool(x).div(pool(ones([1, .. x.shape[1..^1], 1], x.dtype, x.device)));
        }

        using var scope = NewDisposeScope();
        Tensor full = ones(input.With(-1, 1).WithBatch(1), builder.NumberType, builder.TorchDevice);
        Tensor dilution = builder.Own(pool(full).DetachFromDisposeScope());
        return (x, _) => pool(x).div(dilution);
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

    private Tensor Pool(Tensor x, SlidingWindow window, long[] pads) => (TakesMaximum, window.Rank) switch
    {
        (true, 2) => nn.functional.max_pool2d(x, window.Size, window.Strides, pads),
        (true, _) => nn.functional.max_pool3d(x, window.Size, window.Strides, pads),
        // On a GPU libtorch's gradients are wrong where pooling pads channels-last images (2.11, PyTorch alike).
        (false, 2) when x.device_type == TorchSharp.DeviceType.CUDA && pads.Any(pad => pad > 0) => AverageOfPadded(x, window, pads),
        (false, 2) => nn.functional.avg_pool2d(x, window.Size, window.Strides, pads, count_include_pad: false),
        (false, _) when x.shape[2..].Zip(window.Size).All(axis => axis.First >= axis.Second) =>
            nn.functional.avg_pool3d(x, window.Size, window.Strides, pads, count_include_pad: false),
        // libtorch refuses a volume that is smaller than the window, even where padding makes up for it.
        (false, _) => AverageOfPadded(x, window, pads),
    };

    /// <summary>Without a use of the padding of libtorch's pooling.</summary>
    internal static Tensor AverageOfPadded(Tensor x, SlidingWindow window, long[] pads)
    {
        long[] both = [.. Enumerable.Reverse(pads).SelectMany(pad => new[] { pad, pad })];
        return Average(x).div(Average(ones([1, 1, .. x.shape[2..]], x.dtype, x.device)));

        Tensor Average(Tensor values)
        {
            Tensor padded = nn.functional.pad(values, both);
            return window.Rank == 2
                ? nn.functional.avg_pool2d(padded, window.Size, window.Strides)
                : nn.functional.avg_pool3d(padded, window.Size, window.Strides);
        }
    }
}
