namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// One step of <see cref="SimpleRNN"/>: h' = activation(x · kernel + h · recurrent kernel + bias).
/// <para>Inputs x, <c>[batch, features]</c>, and h, <c>[batch, units]</c>; outputs the new h twice, as the output and as the state.</para>
/// <para>Weights are stored as those of <see cref="SimpleRNN"/>.</para>
/// <para>Keras: <c>SimpleRNNCell</c>; ONNX: RNN.</para>
/// </summary>
/// <example><c>new RNN(new SimpleRNNCell(32))</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record SimpleRNNCell : RecurrentCell
{
    /// <summary>Creates the cell.</summary>
    /// <param name="units">The number of outputs; at least 1.</param>
    /// <param name="activation">
    /// The activation: Tanh (the default), Sigmoid, ReLU, LeakyReLU, ELU, Softsign, Softplus or Linear.
    /// </param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="recurrentInitializer">How the recurrent kernel starts. Default: <see cref="Orthogonal"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="recurrentRegularizer">What the size of the recurrent kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy, as in Keras's order <c>[features, units]</c>. Default: nothing.</param>
    /// <param name="recurrentConstraint">What the recurrent kernel must satisfy, as in Keras's order <c>[units, units]</c>. Default: nothing.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: nothing.</param>
    /// <param name="dropout">The fraction of the features that is dropped in training; at least 0, the default, and below 1.</param>
    /// <param name="recurrentDropout">
    /// The fraction of the last output that is dropped in training on its way into the gates; at least 0, the default, and
    /// below 1. Training goes step by step with it, which is slower.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1, or a dropout is not within [0, 1).</exception>
    /// <exception cref="ArgumentException">The activation is none of those.</exception>
    public SimpleRNNCell(
        int units,
        Activation? activation = null,
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
        float recurrentDropout = 0)
        : base(new SimpleRNN(
            units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer, kernelRegularizer,
            recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint, biasConstraint, dropout,
            recurrentDropout))
    {
    }
}
