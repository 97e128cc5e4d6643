namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution over a volume: activation(window · kernel + bias) at every position.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output
/// <c>[batch, new depth, new height, new width, filters]</c>, where a new length is ceil(length / stride), or
/// floor((length - span) / stride) + 1 with <see cref="Padding.Valid"/> (the span is (kernel size - 1) · dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[filters, channels / groups, kernel depth, kernel height, kernel width]</c>.</para>
/// <para>Keras: <c>Conv3D</c>; ONNX: Conv.</para>
/// </summary>
/// <example><c>new Conv3D(8, kernelSize: (2, 3, 3))</c> turns <c>[10, 28, 28, 1]</c> into <c>[9, 26, 26, 8]</c>.</example>
public sealed record Conv3D : StandardConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1 and a multiple of <paramref name="groups"/>.</param>
    /// <param name="kernelSize">The window: <c>3</c>, or <c>(2, 3, 5)</c> for depth, height and width.</param>
    /// <param name="strides">How far the window moves. Default: 1.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <param name="dilationRate">How far apart the window's positions are. Default: 1; and 1 where strides are above 1.</param>
    /// <param name="groups">Into how many groups the channels are divided; at least 1, the default.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is below 1, filters is not a multiple of groups, or the padding is <see cref="Padding.Causal"/>.
    /// </exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public Conv3D(
        int filters,
        Size3D kernelSize,
        Size3D strides = default,
        Padding padding = Padding.Valid,
        Size3D dilationRate = default,
        int groups = 1,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
        : base(filters, padding, groups, activation, useBias, kernelInitializer, biasInitializer,
            kernelRegularizer, biasRegularizer, kernelConstraint, biasConstraint)
    {
        SlidingWindow.CheckPadding(padding);
        CheckDilation(strides != 1, dilationRate != 1, nameof(dilationRate));
        (KernelSize, Strides, DilationRate) = (kernelSize, strides, dilationRate);
    }

    /// <summary>The window's depth, height and width.</summary>
    public Size3D KernelSize { get; }

    /// <summary>How far the window moves.</summary>
    public Size3D Strides { get; }

    /// <summary>How far apart the window's positions are.</summary>
    public Size3D DilationRate { get; }

    private protected override SlidingWindow Window => WindowOf(KernelSize, Strides, DilationRate, Padding);
}
