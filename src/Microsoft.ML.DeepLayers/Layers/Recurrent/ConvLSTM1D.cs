namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// An <see cref="LSTM"/> over sequences of rows of values (Shi et al. 2015): the products of its gates are convolutions, x *
/// kernel + h * recurrent kernel + bias. That of the state has <see cref="Padding.Same"/>, strides 1 and no dilation.
/// <para>
/// Input <c>[batch, steps, length, channels]</c>; output <c>[batch, new length, filters]</c>, the last h, or
/// <c>[batch, steps, new length, filters]</c> with returnSequences; the last h and c after it with
/// returnState. Further inputs, if given, are the h and c to start from. The number of steps is fixed.
/// </para>
/// <para>
/// The kernel is stored as <c>[4 · filters, channels, kernel size]</c>, the recurrent kernel as
/// <c>[4 · filters, filters, kernel size]</c>, with the gates in the order i, f, g, o.
/// </para>
/// <para>Keras: <c>ConvLSTM1D</c>; ONNX: Conv and element-wise operators, for each step.</para>
/// </summary>
/// <example><c>new ConvLSTM1D(8, kernelSize: 3, padding: Padding.Same)</c> turns <c>[10, 50, 2]</c> into <c>[50, 8]</c>.</example>
public sealed record ConvLSTM1D : ConvLSTM
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of output channels; at least 1.</param>
    /// <param name="kernelSize">The number of positions that the window takes in; at least 1.</param>
    /// <param name="strides">How far the window moves; at least 1, the default.</param>
    /// <param name="padding">What happens at the borders of the input. Default: <see cref="Padding.Valid"/>.</param>
    /// <param name="dilationRate">How far apart the window's positions are; at least 1, the default, and 1 where strides are above 1.</param>
    /// <param name="activation">The activation of candidate and output. Default: <see cref="Activation.Tanh"/>.</param>
    /// <param name="recurrentActivation">The activation of the gates. Default: <see cref="Activation.Sigmoid"/>.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="recurrentInitializer">How the recurrent kernel starts. Default: <see cref="Orthogonal"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="unitForgetBias">Whether the bias of the forget gate starts at 1 instead. Default: <see langword="true"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="recurrentRegularizer">What the size of the recurrent kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy, as in Keras's order <c>[...kernel size, channels, 4 · filters]</c>. Default: nothing.</param>
    /// <param name="recurrentConstraint">What the recurrent kernel must satisfy, as in Keras's order <c>[...kernel size, filters, 4 · filters]</c>. Default: nothing.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: nothing.</param>
    /// <param name="dropout">The fraction of the input that is dropped in training; at least 0, the default, and below 1.</param>
    /// <param name="recurrentDropout">
    /// The fraction of the last output that is dropped in training on its way into the gates; at least 0, the default, and below 1.
    /// </param>
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="returnState">Whether the last h and c are outputs too. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <param name="zeroOutputForMask">
    /// Whether the output is 0 at a step that does not count, instead of that of the step before. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is below 1, a dropout is not within [0, 1), or the padding is <see cref="Padding.Causal"/>.
    /// </exception>
    /// <exception cref="ArgumentException">Both strides and dilation rate are above 1.</exception>
    public ConvLSTM1D(
        int filters,
        int kernelSize,
        int strides = 1,
        Padding padding = Padding.Valid,
        int dilationRate = 1,
        Activation? activation = null,
        Activation? recurrentActivation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null,
        bool unitForgetBias = true,
        Regularizer? kernelRegularizer = null,
        Regularizer? recurrentRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? recurrentConstraint = null,
        Constraint? biasConstraint = null,
        float dropout = 0,
        float recurrentDropout = 0,
        bool returnSequences = false,
        bool returnState = false,
        bool goBackwards = false,
        bool zeroOutputForMask = false)
        : base(
            filters, padding, activation, recurrentActivation, useBias, kernelInitializer, recurrentInitializer, biasInitializer, unitForgetBias,
            kernelRegularizer, recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint, biasConstraint,
            dropout, recurrentDropout, returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(kernelSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(strides, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dilationRate, 1);
        if (strides > 1 && dilationRate > 1)
        {
            throw new ArgumentException("A convolution may have strides above 1 or a dilation rate above 1, not both.", nameof(dilationRate));
        }

        (KernelSize, Strides, DilationRate) = (kernelSize, strides, dilationRate);
    }

    /// <summary>The number of positions that the window takes in.</summary>
    public int KernelSize { get; }

    /// <summary>How far the window moves.</summary>
    public int Strides { get; }

    /// <summary>How far apart the window's positions are.</summary>
    public int DilationRate { get; }

    private protected override string Pattern => "[steps, length, channels]";

    private protected override SlidingWindow Window => new(new WindowAxis(KernelSize, Strides, DilationRate, Padding));

    private protected override SlidingWindow StateWindow => new(new WindowAxis(KernelSize, 1, 1, Padding.Same));
}
