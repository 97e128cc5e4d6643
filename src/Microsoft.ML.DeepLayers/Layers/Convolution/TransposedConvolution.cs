using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="Conv1DTranspose"/>, <see cref="Conv2DTranspose"/> and <see cref="Conv3DTranspose"/> have in common.</summary>
public abstract record TransposedConvolution : Convolution
{
    private protected TransposedConvolution(
        int filters, Padding padding, Activation? activation, bool useBias, Initializer? kernelInitializer, Initializer? biasInitializer,
        Regularizer? kernelRegularizer, Regularizer? biasRegularizer, Constraint? kernelConstraint, Constraint? biasConstraint)
        : base(padding, activation, useBias, biasInitializer, biasRegularizer, biasConstraint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        SlidingWindow.CheckPadding(padding);
        Filters = filters;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        KernelRegularizer = kernelRegularizer;
        KernelConstraint = kernelConstraint;
    }

    /// <summary>The number of output channels.</summary>
    public int Filters { get; }

    /// <summary>How the kernel starts. It is stored as <c>[channels, filters, ...kernel size]</c>.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>What the size of the kernel adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? KernelRegularizer { get; }

    /// <summary>What the kernel must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? KernelConstraint { get; }

    private protected abstract TransposedAxis[] Axes { get; }

    private protected sealed override int Rank => Axes.Length;

    private protected sealed override Shape ConvolvedShape(Shape input)
    {
        TransposedAxis[] axes = Axes;
        SlidingWindow.CheckRank(this, input, axes.Length);
        int[] output = [.. axes.Select((axis, i) => axis.OutputLength(input[i])), Filters];
        return !output.Contains(0)
            ? new Shape(output)
            : throw new LayerShapeException(
                this, [input], $"an input of shape {SlidingWindow.Pattern(axes.Length)} that leaves an output",
                "A kernel of even size with an output padding of 0 leaves none of a single position: take no output padding, or a larger input.");
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        int[] size = [.. Axes.Select(axis => axis.Size)];
        int positions = size.Aggregate(1, (product, length) => product * length);
        // The fans are those of Keras's shape [...kernel size, filters, channels], which takes filters for the inputs.
        var kernel = new WeightSpec("kernel", new Shape([input[-1], Filters, .. size]), KernelInitializer)
        {
            FanIn = positions * Filters,
            FanOut = positions * input[-1],
            // In Keras: [...kernel size, filters, channels].
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
        TransposedAxis[] axes = Rank == 1 ? [TransposedAxis.Single, .. Axes] : Axes;
        long[] strides = [.. axes.Select(axis => (long)axis.Stride)];
        long[] dilations = [.. axes.Select(axis => (long)axis.Dilation)];
        // libtorch crops both ends alike and may then take back some at the end, or add to it. What is left to crop is
        // the odd position at the end.
        long[] crops = [.. axes.Select(axis => axis.Crops.Begin)];
        long[] added = [.. axes.Select(axis => Math.Max(0, axis.Crops.Begin - axis.Crops.End))];
        long[] left = [.. axes.Select(axis => Math.Max(0, axis.Crops.End - axis.Crops.Begin))];
        Func<Tensor, Tensor> convolve = SlidingWindow.OnImages(Rank, x =>
        {
            Tensor output = axes.Length == 3
                ? nn.functional.conv_transpose3d(x, kernel, bias, strides, crops, added, dilations)
                : nn.functional.conv_transpose2d(x, AsImage(kernel), bias, strides, crops, added, dilations);
            for (int i = 0; i < left.Length; i++)
            {
                output = left[i] == 0 ? output : output.narrow(i + 2, 0, output.shape[i + 2] - left[i]);
            }

            return output;
        });
        if (!input.HasVariableLength)
        {
            return (x, _) => Activation.Apply(convolve(x));
        }

        return (x, context) =>
        {
            // Says what is wrong before libtorch does.
            _ = ConvolvedShape(input.With(0, (int)x.shape[1]));
            return Activation.Apply(convolve(x));
        };
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        TransposedAxis[] axes = Axes;
        OnnxValue output = onnx.ChannelsFirstNode(
            "ConvTranspose", [input, onnx.Weight("kernel"), UseBias ? onnx.Weight("bias") : null], ConvolvedShape(input.Shape),
            OnnxAttribute.Ints("kernel_shape", axes.Select(axis => (long)axis.Size)),
            OnnxAttribute.Ints("strides", axes.Select(axis => (long)axis.Stride)),
            OnnxAttribute.Ints("dilations", axes.Select(axis => (long)axis.Dilation)),
            OnnxAttribute.Ints("pads", [.. axes.Select(axis => axis.Crops.Begin), .. axes.Select(axis => Math.Max(0, axis.Crops.End))]),
            OnnxAttribute.Ints("output_padding", axes.Select(axis => Math.Max(0, -axis.Crops.End))));
        return Activation.Export(onnx, output);
    }

    private protected static void CheckOutputPadding(int? outputPadding, int strides)
    {
        if (outputPadding is { } added && (added < 0 || added >= strides))
        {
            throw new ArgumentOutOfRangeException(
                nameof(outputPadding), added, $"The output padding must be at least 0 and below the strides ({strides}).");
        }
    }
}
