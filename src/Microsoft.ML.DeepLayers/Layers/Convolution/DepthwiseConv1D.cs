namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution along time of each channel alone, with kernels of its own: activation(window · kernel + bias) at every
/// position. Output channel c · depth multiplier + m is the result of kernel m of channel c.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, new steps, channels · depth multiplier]</c>, where new steps
/// is ceil(steps / stride), or floor((steps - span) / stride) + 1 with <see cref="Padding.Valid"/> (the span is (kernel
/// size - 1) · dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[channels · depth multiplier, 1, kernel size]</c>.</para>
/// <para>Keras: <c>DepthwiseConv1D</c>; ONNX: Conv.</para>
/// </summary>
/// <example><c>new DepthwiseConv1D(kernelSize: 3, depthMultiplier: 2)</c> turns <c>[100, 4]</c> into <c>[98, 8]</c>.</example>
public sealed record DepthwiseConv1D : DepthwiseConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The number of steps that the window takes in; at least 1.</param>
    /// <param name="strides">How far the window moves; at least 1, the default.</param>
    /// <param name="padding">
    /// What happens at the borders. Default: <see cref="Padding.Valid"/>. Keras 3 lacks <see cref="Padding.Causal"/> here.
    /// </param>
    /// <param name="depthMultiplier">How many output channels each channel gives; at least 1, the default.</param>
    /// <param name="dilationRate">How far apart the window's positions are; at least 1, the default, and 1 where strides are above 1.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="depthwiseInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="depthwiseRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="depthwiseConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public DepthwiseConv1D(
        int kernelSize,
        int strides = 1,
        Padding padding = Padding.Valid,
        int depthMultiplier = 1,
        int dilationRate = 1,
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
        CheckWindow(kernelSize, strides, dilationRate);
        SlidingWindow.CheckPadding(padding, allowCausal: true);
        (KernelSize, Strides, DilationRate) = (kernelSize, strides, dilationRate);
    }

    /// <summary>The number of steps that the window takes in.</summary>
    public int KernelSize { get; }

    /// <summary>How far the window moves.</summary>
    public int Strides { get; }

    /// <summary>How far apart the window's positions are.</summary>
    public int DilationRate { get; }

    private protected override SlidingWindow Window => WindowOf(KernelSize, Strides, DilationRate, Padding);
}
