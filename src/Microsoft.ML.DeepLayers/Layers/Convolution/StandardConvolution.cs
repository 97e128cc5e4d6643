using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="Conv1D"/>, <see cref="Conv2D"/> and <see cref="Conv3D"/> have in common.</summary>
public abstract record StandardConvolution : Convolution
{
    private protected StandardConvolution(
        int filters, Padding padding, int groups, Activation? activation, bool useBias, Initializer? kernelInitializer, Initializer? biasInitializer,
        Regularizer? kernelRegularizer, Regularizer? biasRegularizer, Constraint? kernelConstraint, Constraint? biasConstraint)
        : base(padding, activation, useBias, biasInitializer, biasRegularizer, biasConstraint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        if (filters % groups != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(filters), filters, $"The number of filters must be a multiple of groups ({groups}).");
        }

        Filters = filters;
        Groups = groups;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        KernelRegularizer = kernelRegularizer;
        KernelConstraint = kernelConstraint;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>Into how many groups the channels are divided, each convolved on its own.</summary>
    public int Groups { get; }

    /// <summary>How the kernel starts. It is stored as <c>[filters, channels / groups, ...kernel size]</c>.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? KernelConstraint { get; }

    private protected abstract SlidingWindow Window { get; }

    private protected sealed override int Rank => Window.Rank;

    private protected sealed override Shape ConvolvedShape(Shape input)
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
            // In Keras: [...kernel size, channels / groups, filters].
            KerasAxes = [.. Enumerable.Range(2, size.Length), 1, 0],
            Regularizer = KernelRegularizer,
            Constraint = KernelConstraint,
        };
        return [kernel, .. Bias(Filters)];
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor kernel = builder.Weight("kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        Func<Tensor, Tensor> convolve = Window.ChannelsLast(
            this, input, 0, (x, window, pads) => Convolve(x, kernel, bias, window, pads, Groups));
        return (x, _) => Activation.Apply(convolve(x));
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue output = ExportConvolution(
            onnx, input, Window, ConvolvedShape(input.Shape), onnx.Weight("kernel"), UseBias ? onnx.Weight("bias") : null, Groups);
        return Activation.Export(onnx, output);
    }
}
