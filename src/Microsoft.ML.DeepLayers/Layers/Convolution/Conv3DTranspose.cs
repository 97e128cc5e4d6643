namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A convolution over a volume turned round, to make a larger volume of a smaller one: every input adds its product with
/// the kernel to the outputs from its position · stride on; then bias and activation. With <see cref="Padding.Same"/> the
/// outputs are cropped where a convolution pads, so that the two fit each other.
/// <para>
/// Input <c>[batch, depth, height, width, channels]</c>; output
/// <c>[batch, new depth, new height, new width, filters]</c>, where a new length is (length - 1) · stride + max(span,
/// stride), or length · stride with <see cref="Padding.Same"/>; with an output padding (length - 1) · stride + span +
/// output padding, or (length - 1) · stride + span mod 2 + output padding with <see cref="Padding.Same"/> (the span is
/// (kernel size - 1) · dilation + 1).
/// </para>
/// <para>The kernel is stored as <c>[channels, filters, kernel depth, kernel height, kernel width]</c>.</para>
/// <para>Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016).</para>
/// <para>Keras: <c>Conv3DTranspose</c>; ONNX: ConvTranspose.</para>
/// </summary>
/// <example><c>new Conv3DTranspose(8, kernelSize: 2, strides: 2)</c> turns <c>[5, 14, 14, 16]</c> into <c>[10, 28, 28, 8]</c>.</example>
public sealed record Conv3DTranspose : TransposedConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1.</param>
    /// <param name="kernelSize">The outputs that each input adds to: <c>3</c>, or <c>(2, 3, 5)</c> for depth, height and width.</param>
    /// <param name="strides">How far apart the outputs of neighbouring inputs are. Default: 1.</param>
    /// <param name="padding">
    /// Whether all outputs are kept, or as many as there are inputs times the stride. Default: <see cref="Padding.Valid"/>.
    /// </param>
    /// <param name="outputPadding">
    /// How many outputs are added at the end: <c>1</c>, or <c>(1, 0, 0)</c> for depth, height and width; each below the
    /// stride. <see langword="null"/> (the default) takes the number of outputs from the padding.
    /// </param>
    /// <param name="dilationRate">How far apart the kernel's positions are. Default: 1; and 1 where strides are above 1.</param>
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
    public Conv3DTranspose(
        int filters,
        Size3D kernelSize,
        Size3D strides = default,
        Padding padding = Padding.Valid,
        OutputPadding3D? outputPadding = null,
        Size3D dilationRate = default,
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
        CheckDilation(strides != 1, dilationRate != 1, nameof(dilationRate));
        CheckOutputPadding(outputPadding?.Depth, strides.Depth);
        CheckOutputPadding(outputPadding?.Height, strides.Height);
        CheckOutputPadding(outputPadding?.Width, strides.Width);
        (KernelSize, Strides, OutputPadding, DilationRate) = (kernelSize, strides, outputPadding, dilationRate);
    }

    /// <summary>The depth, height and width that each input adds to.</summary>
    public Size3D KernelSize { get; }

    /// <summary>How far apart the outputs of neighbouring inputs are.</summary>
    public Size3D Strides { get; }

    /// <summary>How many outputs are added at the end; <see langword="null"/> takes their number from the padding.</summary>
    public OutputPadding3D? OutputPadding { get; }

    /// <summary>How far apart the kernel's positions are.</summary>
    public Size3D DilationRate { get; }

    private protected override TransposedAxis[] Axes =>
    [
        new(KernelSize.Depth, Strides.Depth, DilationRate.Depth, Padding, OutputPadding?.Depth),
        new(KernelSize.Height, Strides.Height, DilationRate.Height, Padding, OutputPadding?.Height),
        new(KernelSize.Width, Strides.Width, DilationRate.Width, Padding, OutputPadding?.Width),
    ];
}
