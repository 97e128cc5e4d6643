using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Backbones;

/// <summary>
/// Writes the graph of a backbone: layers under the names of the published code, and which stage each belongs to. Images
/// are padded as in PyTorch, by the same number of pixels on both sides; Keras's <see cref="Padding.Same"/> differs from
/// that where strides are above 1.
/// </summary>
internal sealed class BackboneBuilder
{
    /// <summary>Uniform on ±1 / sqrt(inputs): PyTorch's default.</summary>
    internal static readonly Initializer LinearInitializer = new VarianceScaling(1f / 3, FanMode.FanIn, InitializerDistribution.Uniform);

    private readonly List<(string Name, bool IsHead, List<string> Layers)> stages = [];

    /// <summary>The stages so far, with the names of their layers.</summary>
    internal IReadOnlyList<(string Name, bool IsHead, List<string> Layers)> Stages => stages;

    /// <summary>How the kernels of convolutions start.</summary>
    internal Initializer KernelInitializer { get; init; } = new VarianceScaling(2, FanMode.FanOut, InitializerDistribution.UntruncatedNormal);

    /// <summary>What batch normalizations add to the variance.</summary>
    internal float Epsilon { get; init; } = 1e-5f;

    /// <summary>The share of the old moving averages in batch normalizations: 1 - PyTorch's momentum.</summary>
    internal float Momentum { get; init; } = 0.9f;

    /// <summary>Begins a stage, to which the layers applied from here on belong.</summary>
    internal void Begin(string stage, bool isHead = false) => stages.Add((stage, isHead, []));

    /// <summary>Applies a layer under a name.</summary>
    internal LayerOutput Apply(string name, Layer layer, params LayerOutput[] inputs)
    {
        stages[^1].Layers.Add(name);
        return (layer with { Name = name }).Apply(inputs);
    }

    /// <summary>A convolution with PyTorch's padding of (size - 1) / 2 pixels on each side, unless told otherwise.</summary>
    internal LayerOutput Convolution(
        string name, LayerOutput x, int filters, int size, int strides = 1, bool useBias = false, Initializer? initializer = null, int? padding = null)
    {
        (x, Padding mode) = Pad(name, x, size, strides, padding ?? (size - 1) / 2);
        return Apply(name, new Conv2D(filters, size, strides, mode, useBias: useBias, kernelInitializer: initializer ?? KernelInitializer), x);
    }

    /// <summary>A convolution of each channel alone, with PyTorch's padding of (size - 1) / 2 pixels on each side.</summary>
    internal LayerOutput DepthwiseConvolution(string name, LayerOutput x, int size, int strides = 1, bool useBias = false, Initializer? initializer = null)
    {
        (x, Padding mode) = Pad(name, x, size, strides, (size - 1) / 2);
        return Apply(name, new DepthwiseConv2D(size, strides, mode, useBias: useBias, depthwiseInitializer: initializer ?? KernelInitializer), x);
    }

    /// <summary>A batch normalization.</summary>
    internal LayerOutput BatchNormalization(string name, LayerOutput x) => Apply(name, new BatchNormalization(Momentum, Epsilon), x);

    /// <summary>An activation.</summary>
    internal LayerOutput Activation(string name, LayerOutput x, Activation activation) => Apply(name, new ActivationLayer(activation), x);

    /// <summary>A convolution <c>name.0</c>, its batch normalization <c>name.1</c> and its activation <c>name.2</c>: torchvision's Conv2dNormActivation.</summary>
    /// <param name="name">The common name.</param>
    /// <param name="x">The input.</param>
    /// <param name="filters">The number of output channels; 0 for a convolution of each channel alone.</param>
    /// <param name="size">The window's height and width.</param>
    /// <param name="strides">How far the window moves.</param>
    /// <param name="activation">The activation, or none.</param>
    internal LayerOutput ConvolutionBlock(string name, LayerOutput x, int filters, int size, int strides, Activation? activation)
    {
        x = filters == 0 ? DepthwiseConvolution($"{name}.0", x, size, strides) : Convolution($"{name}.0", x, filters, size, strides);
        x = BatchNormalization($"{name}.1", x);
        return activation is null ? x : Activation($"{name}.2", x, activation);
    }

    /// <summary>
    /// Weighs each channel by what the averages of all of them say (Hu et al. 2018): torchvision's SqueezeExcitation, with two
    /// convolutions of 1 × 1 on the averages.
    /// </summary>
    internal LayerOutput SqueezeExcitation(string name, LayerOutput x, int channels, int squeezed, Activation activation, Activation scale)
    {
        LayerOutput weights = Apply($"{name}.avgpool", new GlobalAveragePooling2D(keepDims: true), x);
        weights = Apply($"{name}.fc1", new Conv2D(squeezed, 1, activation: activation, kernelInitializer: KernelInitializer), weights);
        weights = Apply($"{name}.fc2", new Conv2D(channels, 1, activation: scale, kernelInitializer: KernelInitializer), weights);
        return Apply($"{name}.multiply", new Multiply(), x, weights);
    }

    /// <summary>The sum of a branch, which training may skip an example at a time, and of what it branched off from.</summary>
    internal LayerOutput Residual(string name, LayerOutput branch, LayerOutput shortcut, float dropPathRate)
    {
        branch = dropPathRate > 0 ? Apply($"{name}.drop_path", new DropPath(dropPathRate), branch) : branch;
        return Apply($"{name}.add", new Add(), branch, shortcut);
    }

    /// <summary>Checks a rate that is given to a property.</summary>
    internal static float CheckRate(float rate, string property) => rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(property, rate, "The rate must be at least 0 and below 1.");

    /// <summary>
    /// The nearest multiple of 8, but at least 8 and not less than nine tenths: how the MobileNets round numbers of channels
    /// that were multiplied.
    /// </summary>
    internal static int MultipleOf8(double channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9 * channels ? rounded + 8 : rounded;
    }

    /// <summary>Without strides, Keras's rule pads a window of odd size alike on both sides, in the convolution itself.</summary>
    private (LayerOutput Padded, Padding Mode) Pad(string name, LayerOutput x, int size, int strides, int padding)
    {
        if (padding == 0)
        {
            return (x, Padding.Valid);
        }

        return strides == 1 && size == (2 * padding) + 1
            ? (x, Padding.Same)
            : (Apply($"{name}.pad", new ZeroPadding2D(padding), x), Padding.Valid);
    }
}
