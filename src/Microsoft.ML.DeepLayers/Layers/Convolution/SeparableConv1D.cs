namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution along time in two steps: each channel alone is convolved with kernels of its own (depthwise), and what
/// comes out is mixed at every position (pointwise): activation(pointwise · depthwise(input) + bias). It needs far fewer
/// weights than a convolution that does both at once.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, new steps, filters]</c>, where new steps is ceil(steps /
/// stride), or floor((steps - span) / stride) + 1 with <see cref="Padding.Valid"/> (the span is (kernel size - 1) ·
/// dilation + 1).
/// </para>
/// <para>
/// The depthwise kernel is stored as <c>[channels · depth multiplier, 1, kernel size]</c>, the pointwise kernel as
/// <c>[filters, channels · depth multiplier, 1]</c>.
/// </para>
/// <para>Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions" (2017).</para>
/// <para>Keras: <c>SeparableConv1D</c>; ONNX: Conv, twice.</para>
/// </summary>
/// <example><c>new SeparableConv1D(16, kernelSize: 5, padding: Padding.Same)</c> turns <c>[100, 4]</c> into <c>[100, 16]</c>.</example>
public sealed record SeparableConv1D : SeparableConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1.</param>
    /// <param name="kernelSize">The number of steps that the window takes in; at least 1.</param>
    /// <param name="strides">How far the window moves; at least 1, the default.</param>
    /// <param name="padding">
    /// What happens at the borders. Default: <see cref="Padding.Valid"/>. Keras 3 lacks <see cref="Padding.Causal"/> here.
    /// </param>
    /// <param name="dilationRate">How far apart the window's positions are; at least 1, the default, and 1 where strides are above 1.</param>
    /// <param name="depthMultiplier">How many channels the depthwise convolution makes of each; at least 1, the default.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="depthwiseInitializer">How the depthwise kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="pointwiseInitializer">How the pointwise kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="depthwiseRegularizer">What the size of the depthwise kernel adds to the loss. Default: nothing.</param>
    /// <param name="pointwiseRegularizer">What the size of the pointwise kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="depthwiseConstraint">What the depthwise kernel must satisfy. Default: anything.</param>
    /// <param name="pointwiseConstraint">What the pointwise kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public SeparableConv1D(
        int filters,
        int kernelSize,
        int strides = 1,
        Padding padding = Padding.Valid,
        int dilationRate = 1,
        int depthMultiplier = 1,
        Activation? activation = null,
        bool useBias = true,
        Initializer? depthwiseInitializer = null,
        Initializer? pointwiseInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? depthwiseRegularizer = null,
        Regularizer? pointwiseRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? depthwiseConstraint = null,
        Constraint? pointwiseConstraint = null,
        Constraint? biasConstraint = null)
        : base(filters, padding, depthMultiplier, activation, useBias, depthwiseInitializer, pointwiseInitializer, biasInitializer,
            depthwiseRegularizer, pointwiseRegularizer, biasRegularizer, depthwiseConstraint, pointwiseConstraint, biasConstraint)
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
