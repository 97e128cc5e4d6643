using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="Conv1D"/> and <see cref="Conv2D"/> have in common.</summary>
public abstract record Convolution : SingleInputLayer
{
    private protected Convolution(
        int filters, Padding padding, int groups, Activation? activation, bool useBias, Initializer? kernelInitializer, Initializer? biasInitializer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        if (filters % groups != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(filters), filters, $"The number of filters must be a multiple of groups ({groups}).");
        }

        Filters = filters;
        Padding = padding;
        Groups = groups;
        Activation = activation ?? Activation.Linear;
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>What happens at the borders.</summary>
    public Padding Padding { get; }

    /// <summary>Into how many groups the channels are divided, each convolved on its own.</summary>
    public int Groups { get; }

    /// <summary>The activation.</summary>
    public Activation Activation { get; init; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the kernel starts. It is stored as <c>[filters, channels / groups, ...kernel size]</c>.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the bias, <c>[filters]</c>, starts.</summary>
    public Initializer BiasInitializer { get; }

    private protected abstract SlidingWindow Window { get; }

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        Shape output = Window.OutputShape(this, input, Filters);
        return input[-1] % Groups == 0
            ? output
            : throw new LayerShapeException(this, [input], $"a number of channels that is a multiple of groups ({Groups})");
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        int[] size = [.. Window.Size.Select(length => (int)length)];
        int positions = size.Aggregate(1, (product, length) => product * length);
        int channels = input[-1] / Groups;
        var kernel = new WeightSpec("kernel", new Shape([Filters, channels, .. size]), KernelInitializer)
        {
            FanIn = positions * channels,
            FanOut = positions * Filters,
        };
        return UseBias ? [kernel, new WeightSpec("bias", new Shape(Filters), BiasInitializer)] : [kernel];
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor kernel = builder.Weight("kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        bool isFlat = input.Rank == 2;
        Func<Tensor, Tensor> convolve = Window.ChannelsLast(this, input, 0, (x, window, pads) =>
            nn.functional.conv2d(x, isFlat ? kernel.unsqueeze(2) : kernel, bias, window.Strides, pads, window.Dilations, Groups));
        return (x, _) => Activation.Apply(convolve(x));
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        SlidingWindow window = Window;
        OnnxValue output = onnx.ChannelsFirstNode(
            "Conv", [input, onnx.Weight("kernel"), UseBias ? onnx.Weight("bias") : null], ComputeOutputShape(input.Shape),
            [.. window.Attributes(input.Shape), OnnxAttribute.Ints("dilations", window.Dilations), OnnxAttribute.Int("group", Groups)]);
        return Activation.Export(onnx, output);
    }

    private protected static void CheckDilation(bool hasStrides, bool isDilated, string parameter)
    {
        if (hasStrides && isDilated)
        {
            throw new ArgumentException("A convolution may have strides above 1 or a dilation rate above 1, not both.", parameter);
        }
    }
}
