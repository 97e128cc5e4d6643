using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>One axis of a sliding window, of a convolution or a pooling, with Keras's rules of padding.</summary>
internal readonly record struct WindowAxis(int Size, int Stride, int Dilation, Padding Padding)
{
    /// <summary>How many positions the window reaches over, holes included.</summary>
    public long Span => ((Size - 1L) * Dilation) + 1;

    /// <summary>Whether the padding differs from one length of input to another.</summary>
    public bool PadsDependOnLength => Padding == Padding.Same && Stride > 1 && Span > 1;

    /// <summary>The number of outputs; 0 where the window does not fit, variable where the length is.</summary>
    public int OutputLength(int length) => Padding switch
    {
        _ when length == Shape.Variable => Shape.Variable,
        Padding.Valid when length < Span => 0,
        Padding.Valid => (int)((length - Span) / Stride) + 1,
        _ => ((length - 1) / Stride) + 1,
    };

    /// <summary>How many positions are added before and after the input.</summary>
    /// <param name="length">The input's length; it may be variable unless <see cref="PadsDependOnLength"/>.</param>
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

        long total = PadsDependOnLength ? Math.Max(0, Span - ((length - 1) % Stride) - 1) : Span - 1;
        return (total / 2, total - (total / 2));
    }
}

/// <summary>
/// A window that slides over all axes of an input but the channels: the arithmetic, and the changes of layout, that
/// convolutions and poolings of one, two and three axes share.
/// </summary>
internal sealed class SlidingWindow(params WindowAxis[] axes)
{
    /// <summary>The number of axes.</summary>
    public int Rank => axes.Length;

    /// <summary>The window's size along each axis.</summary>
    public long[] Size { get; } = [.. axes.Select(axis => (long)axis.Size)];

    /// <summary>The stride along each axis.</summary>
    public long[] Strides { get; } = [.. axes.Select(axis => (long)axis.Stride)];

    /// <summary>The dilation along each axis.</summary>
    public long[] Dilations { get; } = [.. axes.Select(axis => (long)axis.Dilation)];

    /// <summary>The shape of an input of so many axes, for messages.</summary>
    public static string Pattern(int rank) => rank switch
    {
        1 => "[steps, channels]",
        2 => "[height, width, channels]",
        _ => "[depth, height, width, channels]",
    };

    /// <summary>Refuses an input that has not one dimension more than there are axes.</summary>
    public static void CheckRank(Layer layer, Shape input, int rank)
    {
        if (input.Rank != rank + 1)
        {
            string? advice = input.Rank == rank && !input.HasVariableLength ? $"Add the channels before, with Reshape({string.Join(", ", input)}, 1)."
                : input.Rank < rank ? "Give the values their shape before, with Input or Reshape."
                : null;
            throw new LayerShapeException(layer, [input], $"an input of shape {Pattern(rank)}", advice);
        }
    }

    /// <summary>The shape after the window has passed over the input.</summary>
    /// <param name="layer">The layer that asks, for the message where the input does not fit.</param>
    /// <param name="input">The input's shape, channels last.</param>
    /// <param name="channels">The number of channels of the output; 0 for that of the input.</param>
    public Shape OutputShape(Layer layer, Shape input, int channels = 0)
    {
        CheckRank(layer, input, Rank);
        int[] output = [.. axes.Select((axis, i) => axis.OutputLength(input[i])), channels == 0 ? input[-1] : channels];
        if (Array.IndexOf(output, 0) is int i and >= 0)
        {
            throw new LayerShapeException(
                layer, [input], $"an input of shape {Pattern(Rank)} with at least {string.Join(" × ", axes.Select(axis => axis.Span))} positions",
                $"The window reaches over {axes[i].Span} positions where the input has {input[i]}: use Padding.Same, a smaller window or a larger input.");
        }

        return new Shape(output);
    }

    /// <summary>ONNX's attributes of a window over an input of this shape.</summary>
    public OnnxAttribute[] Attributes(Shape input) =>
    [
        OnnxAttribute.Ints("kernel_shape", Size),
        OnnxAttribute.Ints("strides", Strides),
        // SAME_UPPER is TensorFlow's rule. ONNX deprecates it in favour of numbers, which a variable length does not have.
        HasKnownPads(input)
            ? OnnxAttribute.Ints("pads", [.. Pads(input).Select(pad => pad.Begin), .. Pads(input).Select(pad => pad.End)])
            : OnnxAttribute.Text("auto_pad", "SAME_UPPER"),
    ];

    /// <summary>
    /// Turns an operation of the window on images, or on volumes, into one on <c>[batch, ..., channels]</c>: see
    /// <see cref="OnImages"/>.
    /// </summary>
    /// <param name="layer">The layer that asks, for the message where an input of variable length is too short.</param>
    /// <param name="input">The input's shape, channels last.</param>
    /// <param name="padValue">What uneven padding is filled with.</param>
    /// <param name="operation">The operation on images or volumes, the window's axes and the padding of both ends that is left to do.</param>
    public Func<Tensor, Tensor> ChannelsLast(Layer layer, Shape input, double padValue, Func<Tensor, SlidingWindow, long[], Tensor> operation)
    {
        if (input.HasVariableLength)
        {
            return x =>
            {
                Shape given = input.With(0, (int)x.shape[1]);
                _ = OutputShape(layer, given);
                return OnLength(given)(x);
            };
        }

        return OnLength(input);

        Func<Tensor, Tensor> OnLength(Shape known)
        {
            (long Begin, long End)[] pads = Pads(known);
            SlidingWindow window = Rank == 1 ? new(new WindowAxis(1, 1, 1, Padding.Valid), axes[0]) : this;
            long[] both = new long[window.Rank];
            // Every column of outputs from one of inputs: see ChannelsFirst.
            bool isSafe = Rank < 3 && (axes[^1].Stride == 1 || axes[^1].OutputLength(known[Rank - 1]) > 1);
            if (HasEvenPads(known))
            {
                pads.Select(pad => pad.Begin).ToArray().CopyTo(both, window.Rank - Rank);
                return OnImages(Rank, x => operation(x, window, both), isSafe);
            }

            // libtorch pads both ends alike, so the input itself is padded; pad counts axes from the last one backwards.
            long[] uneven = [0, 0, .. Enumerable.Reverse(pads).SelectMany(pad => new[] { pad.Begin, pad.End })];
            Func<Tensor, Tensor> onPadded = OnImages(Rank, x => operation(x, window, both), isSafe);
            return x => onPadded(nn.functional.pad(x, uneven, value: padValue));
        }
    }

    /// <summary>
    /// Turns an operation on images <c>[batch, channels, height, width]</c>, or on volumes
    /// <c>[batch, channels, depth, height, width]</c>, into one on <c>[batch, ..., channels]</c>. No data moves: the
    /// permuted tensor is what libtorch calls channels-last, and its kernels take and return it as it is. A sequence is
    /// an image of height 1: libtorch's one-dimensional operations are slower on this layout.
    /// </summary>
    /// <param name="rank">The number of axes of the tensor that the function takes, without batch and channels.</param>
    /// <param name="operation">The operation on images or volumes.</param>
    /// <param name="isSafe">Whether a single channel may be told to be the last axis, too: see <see cref="ChannelsFirst"/>.</param>
    public static Func<Tensor, Tensor> OnImages(int rank, Func<Tensor, Tensor> operation, bool isSafe = false) => rank switch
    {
        1 => x => operation(ChannelsFirst(x.unsqueeze(1), isSafe)).permute(0, 2, 3, 1).squeeze(1),
        2 => x => operation(ChannelsFirst(x, isSafe)).permute(0, 2, 3, 1),
        _ => x => operation(ChannelsFirst(x, isSafe)).permute(0, 2, 3, 4, 1),
    };

    /// <summary>
    /// The tensor with its channels behind the batch. A single channel has the strides of either layout, and by those libtorch
    /// chooses the layout of what it makes of it. With those of the last axis, its single-precision convolution takes the wrong
    /// rows for a single column of outputs, where the batch has several examples and the columns a stride. Where that may be,
    /// it gets those that it would have had behind the batch; but then, what follows is several times as slow.
    /// </summary>
    private static Tensor ChannelsFirst(Tensor x, bool isSafe) => isSafe || x.shape[^1] > 1 ? x.movedim([-1], [1]) : x.squeeze(-1).unsqueeze(1);

    /// <summary>Whether the padding is the same for all inputs of this shape, the length of which may be variable.</summary>
    public bool HasKnownPads(Shape input) => !(input.HasVariableLength && axes[0].PadsDependOnLength);

    /// <summary>Whether as many positions are added before the input as after it, along every axis.</summary>
    public bool HasEvenPads(Shape input) => HasKnownPads(input) && Pads(input).All(pad => pad.Begin == pad.End);

    /// <summary>The padding along each axis.</summary>
    public (long Begin, long End)[] Pads(Shape input) => [.. axes.Select((axis, i) => axis.Pads(input[i]))];

    /// <summary>Checks a constructor's padding.</summary>
    public static void CheckPadding(Padding padding, bool allowCausal = false)
    {
        if (padding is not (Padding.Valid or Padding.Same) && !(allowCausal && padding == Padding.Causal))
        {
            throw new ArgumentOutOfRangeException(
                nameof(padding), padding, $"The padding must be Valid or Same{(allowCausal ? " or Causal" : "; Causal is for convolutions along time alone")}.");
        }
    }
}
