namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution over an image of each channel alone, with kernels of its own: activation(window · kernel + bias) at
/// every position. Output channel c · depth multiplier + m is the result of kernel m of channel c.
/// <para>
/// Input <c>[batch, height, width, channels]</c>; output
/// <c>[batch, new height, new width, channels · depth multiplier]</c>, where a new length is ceil(length / stride), or
/// floor((length - span) / stride) + 1 with <see cref="Padding.Valid"/> (the span is (kernel size - 1) · dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[channels · depth multiplier, 1, kernel height, kernel width]</c>.</para>
/// <para>Keras: <c>DepthwiseConv2D</c>; ONNX: Conv.</para>
/// </summary>
/// <example><c>new DepthwiseConv2D(kernelSize: 3, padding: Padding.Same)</c> turns <c>[28, 28, 16]</c> into <c>[28, 28, 16]</c>.</example>
public sealed record DepthwiseConv2D : DepthwiseConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The window: <c>3</c>, or <c>(3, 5)</c> for height and width.</param>
    /// <param name="strides">How far the window moves. Default: 1.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <param name="depthMultiplier">How many output channels each channel gives; at least 1, the default.</param>
    /// <param name="dilationRate">How far apart the window's positions are. Default: 1; and 1 where strides are above 1.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="depthwiseInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="depthwiseRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="depthwiseConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the padding is <see cref="Padding.Causal"/>.</exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public DepthwiseConv2D(
        Size2D kernelSize,
        Size2D strides = default,
        Padding padding = Padding.Valid,
        int depthMultiplier = 1,
        Size2D dilationRate = default,
        Activation? activation = null,
        bool useBias = true,
        Initializer? depthwiseInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? depthwiseRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? depthwiseConstraint = null,
        Constraint? biasConstraint = null)
        : base(padding, depthMultiplier, activation, useBias, depthwiseInitializer, biasInitializer,
            depthwiseRegularizer, biasRegularizer, depthwiseConstraint, biasConstraint)
    {
        SlidingWindow.CheckPadding(padding);
        CheckDilation(strides != 1, dilationRate != 1, nameof(dilationRate));
        (KernelSize, Strides, DilationRate) = (kernelSize, strides, dilationRate);
    }

    /// <summary>The window's height and width.</summary>
    public Size2D KernelSize { get; }

    /// <summary>How far the window moves.</summary>
    public Size2D Strides { get; }

    /// <summary>How far apart the window's positions are.</summary>
    public Size2D DilationRate { get; }

    private protected override SlidingWindow Window => WindowOf(KernelSize, Strides, DilationRate, Padding);
}
