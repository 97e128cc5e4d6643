using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="DepthwiseConv1D"/> and <see cref="DepthwiseConv2D"/> have in common.</summary>
public abstract record DepthwiseConvolution : Convolution
{
    private protected DepthwiseConvolution(
        Padding padding, int depthMultiplier, Activation? activation, bool useBias, Initializer? depthwiseInitializer, Initializer? biasInitializer,
        Regularizer? depthwiseRegularizer, Regularizer? biasRegularizer, Constraint? depthwiseConstraint, Constraint? biasConstraint)
        : base(padding, activation, useBias, biasInitializer, biasRegularizer, biasConstraint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depthMultiplier, 1);
        DepthMultiplier = depthMultiplier;
        DepthwiseInitializer = depthwiseInitializer ?? VarianceScaling.GlorotUniform;
        DepthwiseRegularizer = depthwiseRegularizer;
        DepthwiseConstraint = depthwiseConstraint;
    }

    /// <summary>How many output channels each channel gives.</summary>
    public int DepthMultiplier { get; }

    /// <summary>How the kernel starts. It is stored as <c>[channels · depth multiplier, 1, ...kernel size]</c>.</summary>
    public Initializer DepthwiseInitializer { get; }

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? DepthwiseRegularizer { get; }

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? DepthwiseConstraint { get; }

    private protected abstract SlidingWindow Window { get; }

    private protected sealed override int Rank => Window.Rank;

    private protected sealed override Shape ConvolvedShape(Shape input)
    {
        SlidingWindow.CheckRank(this, input, Rank);
        return Window.OutputShape(this, input, input[-1] * DepthMultiplier);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(Shape input) =>
    [
        KernelOf("kernel", Window, input[-1], DepthMultiplier, DepthwiseInitializer, DepthwiseRegularizer, DepthwiseConstraint),
        .. Bias(input[-1] * DepthMultiplier),
    ];

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Tensor kernel = builder.Weight("kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        int channels = input[-1];
        Func<Tensor, Tensor> convolve = Window.ChannelsLast(
            this, input, 0, (x, window, pads) => Convolve(x, kernel, bias, window, pads, channels));
        return (x, _) => Activation.Apply(convolve(x));
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        OnnxValue output = ExportConvolution(
            onnx, input, Window, ConvolvedShape(input.Shape), onnx.Weight("kernel"), UseBias ? onnx.Weight("bias") : null, input.Shape[-1]);
        return Activation.Export(onnx, output);
    }

    /// <summary>
    /// A kernel for each channel and multiple, stored as a convolution of as many groups as channels wants it. The fans
    /// are those of Keras's shape <c>[...kernel size, channels, depth multiplier]</c>.
    /// </summary>
    internal static WeightSpec KernelOf(
        string name, SlidingWindow window, int channels, int multiplier, Initializer initializer, Regularizer? regularizer, Constraint? constraint)
    {
        int[] size = [.. window.Size.Select(length => (int)length)];
        int positions = size.Aggregate(1, (product, length) => product * length);
        return new WeightSpec(name, new Shape([channels * multiplier, 1, .. size]), initializer)
        {
            FanIn = positions * channels,
            FanOut = positions * multiplier,
            // In Keras: [...kernel size, channels, multiplier], of which the last two are one here.
            KerasAxes = [.. Enumerable.Range(2, size.Length), 0, 1],
            Regularizer = regularizer,
            Constraint = constraint,
        };
    }
}
