namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution along time: activation(window · kernel + bias) at every position.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, new steps, filters]</c>, where new steps is ceil(steps /
/// stride), or floor((steps - span) / stride) + 1 with <see cref="Padding.Valid"/> (the span is (kernel size - 1) ·
/// dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[filters, channels / groups, kernel size]</c>.</para>
/// <para>Keras: <c>Conv1D</c>; ONNX: Conv.</para>
/// </summary>
/// <example><c>new Conv1D(16, kernelSize: 3, padding: Padding.Causal)</c> turns <c>[100, 4]</c> into <c>[100, 16]</c>.</example>
public sealed record Conv1D : StandardConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1 and a multiple of <paramref name="groups"/>.</param>
    /// <param name="kernelSize">The number of steps that the window takes in; at least 1.</param>
    /// <param name="strides">How far the window moves; at least 1, the default.</param>
    /// <param name="padding">What happens at the borders. Default: <see cref="Padding.Valid"/>.</param>
    /// <param name="dilationRate">How far apart the window's positions are; at least 1, the default, and 1 where strides are above 1.</param>
    /// <param name="groups">Into how many groups the channels are divided; at least 1, the default.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or filters is not a multiple of groups.</exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public Conv1D(
        int filters,
        int kernelSize,
        int strides = 1,
        Padding padding = Padding.Valid,
        int dilationRate = 1,
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
