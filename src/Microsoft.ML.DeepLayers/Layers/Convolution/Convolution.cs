using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What all convolutions have in common: a window with its borders, a bias and an activation.</summary>
public abstract record Convolution : SingleInputLayer
{
    private protected Convolution(
        Padding padding, Activation? activation, bool useBias, Initializer? biasInitializer, Regularizer? biasRegularizer, Constraint? biasConstraint)
    {
        Padding = padding;
        Activation = activation ?? Activation.Linear;
        UseBias = useBias;
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        BiasRegularizer = biasRegularizer;
        BiasConstraint = biasConstraint;
    }

    /// <summary>What happens at the borders.</summary>
    public Padding Padding { get; }

    /// <summary>The activation.</summary>
    public Activation Activation { get; init; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the bias, one number an output channel, starts.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>What the size of the bias adds to the loss; <see langword="null"/> for nothing.</summary>
    public Regularizer? BiasRegularizer { get; }

    /// <summary>What the bias must satisfy; <see langword="null"/> for anything.</summary>
    public Constraint? BiasConstraint { get; }

    /// <inheritdoc/>
    public sealed override bool AllowsVariableLength => Rank == 1;

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input) => Activation.ComputeOutputShape(this, ConvolvedShape(input));

    /// <summary>The number of axes that the window slides along.</summary>
    private protected abstract int Rank { get; }

    /// <summary>The shape before the activation, which may change it.</summary>
    private protected abstract Shape ConvolvedShape(Shape input);

    private protected static SlidingWindow WindowOf(int size, int strides, int dilation, Padding padding) =>
        new(new WindowAxis(size, strides, dilation, padding));

    private protected static SlidingWindow WindowOf(Size2D size, Size2D strides, Size2D dilation, Padding padding) => new(
        new WindowAxis(size.Height, strides.Height, dilation.Height, padding),
        new WindowAxis(size.Width, strides.Width, dilation.Width, padding));

    private protected static SlidingWindow WindowOf(Size3D size, Size3D strides, Size3D dilation, Padding padding) => new(
        new WindowAxis(size.Depth, strides.Depth, dilation.Depth, padding),
        new WindowAxis(size.Height, strides.Height, dilation.Height, padding),
        new WindowAxis(size.Width, strides.Width, dilation.Width, padding));

    /// <summary>The convolution itself, on images or volumes, channels first; a kernel of one axis is one of height 1.</summary>
    private protected static Tensor Convolve(Tensor x, Tensor kernel, Tensor? bias, SlidingWindow window, long[] pads, long groups)
    {
        if (!Processor.ReportsCaches && x.device_type == TorchSharp.DeviceType.CPU && groups == 1 && window.Size.All(size => size == 1))
        {
            return MultiplyPositions(x, kernel, bias, window.Strides);
        }

        return window.Rank == 3
            ? nn.functional.conv3d(x, kernel, bias, window.Strides, pads, window.Dilations, groups)
            : nn.functional.conv2d(x, AsImage(kernel), bias, window.Strides, pads, window.Dilations, groups);
    }

    /// <summary>A convolution whose window has one position, as the matrix product that it is.</summary>
    private static Tensor MultiplyPositions(Tensor x, Tensor kernel, Tensor? bias, long[] strides)
    {
        for (int axis = 0; axis < strides.Length; axis++)
        {
            x = strides[axis] == 1 ? x : x.slice(axis + 2, 0, x.shape[axis + 2], strides[axis]);
        }

        return nn.functional.linear(x.movedim([1], [-1]), kernel.flatten(1), bias).movedim([-1], [1]);
    }

    /// <summary>A kernel <c>[..., ..., steps]</c> as one over images of height 1; any other as it is.</summary>
    private protected static Tensor AsImage(Tensor kernel) => kernel.dim() == 3 ? kernel.unsqueeze(2) : kernel;

    /// <summary>The node of a convolution.</summary>
    private protected static OnnxValue ExportConvolution(
        OnnxGraphBuilder onnx, OnnxValue input, SlidingWindow window, Shape output, OnnxValue kernel, OnnxValue? bias, long groups) =>
        onnx.ChannelsFirstNode(
            "Conv", [input, kernel, bias], output,
            [.. window.Attributes(input.Shape), OnnxAttribute.Ints("dilations", window.Dilations), OnnxAttribute.Int("group", groups)]);

    /// <summary>The bias, if there is one.</summary>
    private protected IEnumerable<WeightSpec> Bias(int channels) => UseBias
        ? [new WeightSpec("bias", new Shape(channels), BiasInitializer) { Regularizer = BiasRegularizer, Constraint = BiasConstraint }]
        : [];

    private protected static void CheckWindow(int kernelSize, int strides, int dilationRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kernelSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(strides, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dilationRate, 1);
        CheckDilation(strides > 1, dilationRate > 1, nameof(dilationRate));
    }

    private protected static void CheckDilation(bool hasStrides, bool isDilated, string parameter)
    {
        if (hasStrides && isDilated)
        {
            throw new ArgumentException("A convolution may have strides above 1 or a dilation rate above 1, not both.", parameter);
        }
    }
}
