using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>One axis of a sliding window, of a convolution or a pooling, with Keras's rules of padding.</summary>
internal readonly record struct WindowAxis(int Size, int Stride, int Dilation, Padding Padding)
{
    /// <summary>How many positions the window reaches over, holes included.</summary>
    public long Span => ((Size - 1L) * Dilation) + 1;

    /// <summary>The number of outputs; 0 where the window does not fit.</summary>
    public int OutputLength(int length) => Padding switch
    {
        Padding.Valid when length < Span => 0,
        Padding.Valid => (int)((length - Span) / Stride) + 1,
        _ => ((length - 1) / Stride) + 1,
    };

    /// <summary>How many positions are added before and after the input.</summary>
    public (long Begin, long End) Pads(int length)
    {
        if (Padding == Padding.Valid)
        {
            return (0, 0);
        }

        if (Padding == Padding.Causal)
        {
            return (Span - 1, 0);
        }

        long total = Math.Max(0, ((OutputLength(length) - 1L) * Stride) + Span - length);
        return (total / 2, total - (total / 2));
    }
}

/// <summary>
/// A window that slides over all axes of an input but the channels: the arithmetic, and the changes of layout, that
/// convolutions and poolings of any rank share.
/// </summary>
internal sealed class SlidingWindow(params WindowAxis[] axes)
{
    /// <summary>The window's size along each axis.</summary>
    public long[] Size { get; } = [.. axes.Select(axis => (long)axis.Size)];

    /// <summary>The stride along each axis.</summary>
    public long[] Strides { get; } = [.. axes.Select(axis => (long)axis.Stride)];

    /// <summary>The dilation along each axis.</summary>
    public long[] Dilations { get; } = [.. axes.Select(axis => (long)axis.Dilation)];

    private string Pattern => axes.Length == 1 ? "[steps, channels]" : "[height, width, channels]";

    /// <summary>The shape after the window has passed over the input.</summary>
    /// <param name="layer">The layer that asks, for the message where the input does not fit.</param>
    /// <param name="input">The input's shape, channels last.</param>
    /// <param name="channels">The number of channels of the output; 0 for that of the input.</param>
    public Shape OutputShape(Layer layer, Shape input, int channels = 0)
    {
        if (input.Rank != axes.Length + 1)
        {
            string? advice = input.Rank == axes.Length ? $"Add the channels before, with Reshape({string.Join(", ", input)}, 1)."
                : input.Rank < axes.Length ? "Give the values their shape before, with Input or Reshape."
                : null;
            throw new LayerShapeException(layer, [input], $"an input of shape {Pattern}", advice);
        }

        int[] output = [.. axes.Select((axis, i) => axis.OutputLength(input[i])), channels == 0 ? input[-1] : channels];
        if (Array.IndexOf(output, 0) is int i and >= 0)
        {
            throw new LayerShapeException(
                layer, [input], $"an input of shape {Pattern} with at least {string.Join(" × ", axes.Select(axis => axis.Span))} positions",
                $"The window reaches over {axes[i].Span} positions where the input has {input[i]}: use Padding.Same, a smaller window or a larger input.");
        }

        return new Shape(output);
    }

    /// <summary>ONNX's attributes of a window over an input of this shape.</summary>
    public OnnxAttribute[] Attributes(Shape input) =>
    [
        OnnxAttribute.Ints("kernel_shape", Size),
        OnnxAttribute.Ints("strides", Strides),
        OnnxAttribute.Ints("pads", [.. Pads(input).Select(pad => pad.Begin), .. Pads(input).Select(pad => pad.End)]),
    ];

    /// <summary>
    /// Turns an operation on images <c>[batch, channels, height, width]</c> into one on <c>[batch, ..., channels]</c>. No
    /// data moves: the permuted tensor is what libtorch calls channels-last, and its kernels take and return it as it is.
    /// </summary>
    /// <param name="input">The input's shape, channels last.</param>
    /// <param name="padValue">What uneven padding is filled with.</param>
    /// <param name="operation">The operation on the images, the window's axes and the padding of both ends that is left to do.</param>
    public Func<Tensor, Tensor> ChannelsLast(Shape input, double padValue, Func<Tensor, SlidingWindow, long[], Tensor> operation)
    {
        if (axes.Length == 1)
        {
            // A sequence is an image of height 1: libtorch's one-dimensional operations are slower on this layout.
            var overImages = new SlidingWindow(new WindowAxis(1, 1, 1, Padding.Valid), axes[0]);
            Func<Tensor, Tensor> onImages = overImages.ChannelsLast(new Shape(1, input[0], input[1]), padValue, operation);
            return x => onImages(x.unsqueeze(1)).squeeze(1);
        }

        (long Begin, long End)[] pads = Pads(input);
        if (HasEvenPads(input))
        {
            long[] both = [.. pads.Select(pad => pad.Begin)];
            return x => operation(x.permute(0, 3, 1, 2), this, both).permute(0, 2, 3, 1);
        }

        // libtorch pads both ends alike, so the input itself is padded; pad counts axes from the last one backwards.
        long[] none = [0, 0];
        long[] uneven = [0, 0, pads[1].Begin, pads[1].End, pads[0].Begin, pads[0].End];
        return x => operation(nn.functional.pad(x, uneven, value: padValue).permute(0, 3, 1, 2), this, none).permute(0, 2, 3, 1);
    }

    /// <summary>Whether as many positions are added before the input as after it, along every axis.</summary>
    public bool HasEvenPads(Shape input) => Pads(input).All(pad => pad.Begin == pad.End);

    /// <summary>The padding along each axis.</summary>
    public (long Begin, long End)[] Pads(Shape input) => [.. axes.Select((axis, i) => axis.Pads(input[i]))];

    /// <summary>Checks a constructor's padding.</summary>
    public static void CheckPadding(Padding padding, bool allowCausal = false)
    {
        if (padding is not (Padding.Valid or Padding.Same) && !(allowCausal && padding == Padding.Causal))
        {
            throw new ArgumentOutOfRangeException(
                nameof(padding), padding, $"The padding must be Valid or Same{(allowCausal ? " or Causal" : "; Causal is for Conv1D alone")}.");
        }
    }
}
