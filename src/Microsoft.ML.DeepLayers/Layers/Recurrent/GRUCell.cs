namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// One step of <see cref="GRU"/>, whose formula it computes.
/// <para>Inputs x, <c>[batch, features]</c>, and h, <c>[batch, units]</c>; outputs the new h twice, as the output and as the state.</para>
/// <para>Weights are stored as those of <see cref="GRU"/>.</para>
/// <para>Keras: <c>GRUCell</c>; ONNX: GRU.</para>
/// </summary>
/// <example><c>new RNN(new GRUCell(32))</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record GRUCell : RecurrentCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of outputs; at least 1.</param>
    /// <param name="activation">
    /// The activation of the candidate: Tanh (the default), Sigmoid, ReLU, LeakyReLU, ELU, Softsign, Softplus or Linear.
    /// </param>
    /// <param name="recurrentActivation">The activation of the gates: Sigmoid (the default) or another one of these.</param>
    /// <param name="useBias">Whether biases are added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="recurrentInitializer">How the recurrent kernel starts. Default: <see cref="Orthogonal"/>.</param>
    /// <param name="biasInitializer">How the biases start. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="recurrentRegularizer">What the size of the recurrent kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy, as in Keras's order <c>[features, 3 · units]</c>. Default: nothing.</param>
    /// <param name="recurrentConstraint">What the recurrent kernel must satisfy, as in Keras's order <c>[units, 3 · units]</c>. Default: nothing.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: nothing.</param>
    /// <param name="dropout">The fraction of the features that is dropped in training; at least 0, the default, and below 1.</param>
    /// <param name="recurrentDropout">
    /// The fraction of the last output that is dropped in training on its way into the gates; at least 0, the default, and
    /// below 1. Training goes step by step with it, which is slower.
    /// </param>
    /// <param name="resetAfter">Whether the reset gate acts after the recurrent product. Default: <see langword="true"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1, or a dropout is not within [0, 1).</exception>
    /// <exception cref="ArgumentException">An activation is none of those.</exception>
    public GRUCell(
        int units,
        Activation? activation = null,
        Activation? recurrentActivation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null,
        Regularizer? kernelRegularizer = null,
        Regularizer? recurrentRegularizer = null,
        Regularizer? biasRegularizer = null,
        Constraint? kernelConstraint = null,
        Constraint? recurrentConstraint = null,
        Constraint? biasConstraint = null,
        float dropout = 0,
        float recurrentDropout = 0,
        bool resetAfter = true)
        : base(new GRU(
            units, activation, recurrentActivation, useBias, kernelInitializer, recurrentInitializer, biasInitializer,
            kernelRegularizer, recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint,
            biasConstraint, dropout, recurrentDropout, resetAfter: resetAfter))
    {
    }

    /// <summary>The activation of the gates.</summary>
    public Activation RecurrentActivation => ((GRU)OverSteps).RecurrentActivation;

    /// <summary>Whether the reset gate acts after the recurrent product.</summary>
    public bool ResetAfter => ((GRU)OverSteps).ResetAfter;
}
