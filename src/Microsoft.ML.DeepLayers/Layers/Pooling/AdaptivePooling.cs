using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What the adaptive poolings of one, two and three dimensions have in common.</summary>
public abstract record AdaptivePooling : SingleInputLayer
{
    private protected AdaptivePooling()
    {
    }

    /// <summary>The number of windows along each axis.</summary>
    private protected abstract int[] OutputLengths { get; }

    /// <summary>Whether the largest value of the window is taken, not the average.</summary>
    private protected abstract bool TakesMaximum { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        SlidingWindow.CheckRank(this, input, OutputLengths.Length);
        return input.HasVariableLength
            ? throw new LayerShapeException(this, [input], "a known number of steps", "The windows, which depend on it, are the same for all batches.")
            : new Shape([.. OutputLengths, input[-1]]);
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        long[] lengths = [.. OutputLengths.Select(length => (long)length)];
        return (lengths.Length, TakesMaximum) switch
        {
            // A sequence is an image of height 1.
            (1, _) => (x, _) => PoolImages(x.unsqueeze(1), [1, lengths[0]]).squeeze(1),
            (2, _) => (x, _) => PoolImages(x, lengths),
            (_, true) => (x, _) => MaximumOfVolumes(x, lengths),
            (_, false) => (x, _) => nn.functional.adaptive_avg_pool3d(x.permute(0, 4, 1, 2, 3), lengths).permute(0, 2, 3, 4, 1),
        };
    }

    /// <inheritdoc/>
    /// <remarks>
    /// ONNX has no such operator. Where all windows of an axis are alike it is the pooling with one that slides; averages of
    /// others are a product with a matrix an axis, maxima one over the positions of each window.
    /// </remarks>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape output = ComputeOutputShape(input.Shape);
        AdaptiveAxis[] axes = [.. OutputLengths.Select((length, axis) => new AdaptiveAxis(input.Shape[axis], length))];
        if (axes.All(axis => axis.Sliding is not null))
        {
            return Slide(onnx, input, axes, output);
        }

        return TakesMaximum ? Maxima(onnx, input, axes) : Averages(onnx, input, axes, output);
    }

    private Tensor PoolImages(Tensor x, long[] size)
    {
        Tensor images = x.permute(0, 3, 1, 2);
        return (TakesMaximum ? nn.functional.adaptive_max_pool2d(images, size) : nn.functional.adaptive_avg_pool2d(images, size)).permute(0, 2, 3, 1);
    }

    /// <summary>
    /// The maximum of the slices of a volume, and then of their depth: TorchSharp 0.107's adaptive_max_pool3d calls libtorch's
    /// function for one dimension, which refuses a volume.
    /// </summary>
    private Tensor MaximumOfVolumes(Tensor x, long[] size)
    {
        (long batch, long depth, long channels) = (x.shape[0], x.shape[1], x.shape[4]);
        Tensor slices = PoolImages(x.flatten(0, 1), size[1..]).reshape(batch, depth, size[1] * size[2], channels);
        return PoolImages(slices, [size[0], size[1] * size[2]]).reshape(batch, size[0], size[1], size[2], channels);
    }

    /// <summary>The pooling of those axes along which one window slides; the others stay as they are.</summary>
    private OnnxValue Slide(OnnxGraphBuilder onnx, OnnxValue input, AdaptiveAxis[] axes, Shape output)
    {
        WindowAxis[] windows = [.. axes.Select(axis => axis.Sliding ?? new WindowAxis(1, 1, 1, Padding.Valid))];
        return windows.All(window => window.Size == 1)
            ? input
            : onnx.ChannelsFirstNode(TakesMaximum ? "MaxPool" : "AveragePool", [input], output, new SlidingWindow(windows).Attributes(input.Shape));
    }

    private static OnnxValue Averages(OnnxGraphBuilder onnx, OnnxValue input, AdaptiveAxis[] axes, Shape output)
    {
        const string From = "xyz";
        const string To = "uvw";
        int[] pooled = [.. Enumerable.Range(0, axes.Length).Where(axis => axes[axis].Length != axes[axis].Outputs)];
        string read = string.Concat(input.ByAxis('b', From[..axes.Length], 'c'));
        string written = pooled.Aggregate(read, (term, axis) => term.Replace(From[axis], To[axis]));
        string equation = $"{string.Join(",", pooled.Select(axis => $"{To[axis]}{From[axis]}").Prepend(read))}->{written}";
        return onnx.PositionsNode(
            "Einsum", [input, .. pooled.Select(axis => onnx.Constant(axes[axis].Averages(), axes[axis].Outputs, axes[axis].Length))],
            output, OnnxAttribute.Text("equation", equation));
    }

    private OnnxValue Maxima(OnnxGraphBuilder onnx, OnnxValue input, AdaptiveAxis[] axes)
    {
        int[] shape = [.. axes.Select((axis, i) => axis.Sliding is null ? input.Shape[i] : axis.Outputs), input.Shape[-1]];
        OnnxValue value = Slide(onnx, input, axes, new Shape(shape));
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i].Sliding is null)
            {
                shape[i] = axes[i].Outputs;
                int size = axes[i].LargestSize;
                int axis = i + value.FirstAxis();
                OnnxValue positions = onnx.Integers(axes[i].Positions(), axes[i].Outputs, size);
                OnnxValue windows = onnx.PositionsNode(
                    "Gather", [value, positions], new Shape([.. shape[..(i + 1)], size, .. shape[(i + 1)..]]), OnnxAttribute.Int("axis", axis));
                value = onnx.PositionsNode(
                    "ReduceMax", [windows], new Shape(shape), OnnxAttribute.Ints("axes", axis + 1), OnnxAttribute.Int("keepdims", 0));
            }
        }

        return value;
    }
}
