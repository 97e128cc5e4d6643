namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution along time turned round, to make more steps of fewer: every input adds its product with the kernel to
/// the outputs from its position · stride on; then bias and activation. With <see cref="Padding.Same"/> the outputs are
/// cropped where a convolution pads, so that the two fit each other.
/// <para>
/// Input <c>[batch, steps, channels]</c>; output <c>[batch, new steps, filters]</c>, where new steps is (steps - 1) ·
/// stride + max(span, stride), or steps · stride with <see cref="Padding.Same"/>; with an output padding (steps - 1) ·
/// stride + span + output padding, or (steps - 1) · stride + span mod 2 + output padding with <see cref="Padding.Same"/>
/// (the span is (kernel size - 1) · dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[channels, filters, kernel size]</c>.</para>
/// <para>Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).</para>
/// <para>Keras: <c>Conv1DTranspose</c>; ONNX: ConvTranspose.</para>
/// </summary>
/// <example><c>new Conv1DTranspose(8, kernelSize: 3, strides: 2)</c> turns <c>[10, 16]</c> into <c>[21, 8]</c>.</example>
public sealed record Conv1DTranspose : TransposedConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1.</param>
    /// <param name="kernelSize">The number of outputs that each input adds to; at least 1.</param>
    /// <param name="strides">How far apart the outputs of neighbouring inputs are; at least 1, the default.</param>
    /// <param name="padding">
    /// Whether all outputs are kept, or as many as there are inputs times the stride. Default: <see cref="Padding.Valid"/>.
    /// </param>
    /// <param name="outputPadding">
    /// How many outputs are added at the end; at least 0 and below the strides. <see langword="null"/> (the default)
    /// takes the number of outputs from the padding.
    /// </param>
    /// <param name="dilationRate">How far apart the kernel's positions are; at least 1, the default, and 1 where strides are above 1.</param>
    /// <param name="activation">The activation. Default: <see cref="Activation.Linear"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy. Default: anything.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: anything.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is below 1, the output padding is negative or not below the strides, or the padding is
    /// <see cref="Padding.Causal"/>.
    /// </exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public Conv1DTranspose(
        int filters,
        int kernelSize,
        int strides = 1,
        Padding padding = Padding.Valid,
        int? outputPadding = null,
        int dilationRate = 1,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? biasConstraint = null)
        : base(filters, padding, activation, useBias, kernelInitializer, biasInitializer,
            kernelRegularizer, biasRegularizer, kernelConstraint, biasConstraint)
    {
        CheckWindow(kernelSize, strides, dilationRate);
        CheckOutputPadding(outputPadding, strides);
        (KernelSize, Strides, OutputPadding, DilationRate) = (kernelSize, strides, outputPadding, dilationRate);
    }

    /// <summary>The number of outputs that each input adds to.</summary>
    public int KernelSize { get; }

    /// <summary>How far apart the outputs of neighbouring inputs are.</summary>
    public int Strides { get; }

    /// <summary>How many outputs are added at the end; <see langword="null"/> takes their number from the padding.</summary>
    public int? OutputPadding { get; }

    /// <summary>How far apart the kernel's positions are.</summary>
    public int DilationRate { get; }

    private protected override TransposedAxis[] Axes => [new(KernelSize, Strides, DilationRate, Padding, OutputPadding)];
}
