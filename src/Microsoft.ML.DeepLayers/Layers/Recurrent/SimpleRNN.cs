using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A fully connected recurrent layer: h' = activation(x · kernel + h · recurrent kernel + bias), from h = 0.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, the last h, or <c>[batch, steps, units]</c> with
/// returnSequences; the last h after it with returnState. A second input, if given, is the h to start from.
/// </para>
/// <para>Kernels are stored transposed, <c>[units, features]</c> and <c>[units, units]</c>.</para>
/// <para>Keras: <c>SimpleRNN</c>; ONNX: RNN.</para>
/// </summary>
/// <example><c>new SimpleRNN(32)</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record SimpleRNN : DenseRecurrentLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="units">The number of outputs; at least 1.</param>
    /// <param name="activation">
    /// The activation: Tanh (the default), Sigmoid, ReLU, LeakyReLU, ELU, Softsign, Softplus or Linear. Tanh and ReLU are fastest in training.
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
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="returnState">Whether the last h is an output too. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <param name="zeroOutputForMask">
    /// Whether the output is 0 at a step that does not count, instead of that of the step before. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1, or a dropout is not within [0, 1).</exception>
    /// <exception cref="ArgumentException">The activation is none of those.</exception>
    public SimpleRNN(
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
        float recurrentDropout = 0,
        bool returnSequences = false,
        bool returnState = false,
        bool goBackwards = false,
        bool zeroOutputForMask = false)
        : base(
            units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer,
            kernelRegularizer, recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint, biasConstraint,
            dropout, recurrentDropout, returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
    }

    private protected override long[] OnnxGates => [0];

    private protected override bool IsFused => Activation is TanhActivation or ReLUActivation;

    private protected override string OnnxOperator => "RNN";

    private protected override IEnumerable<OnnxAttribute> OnnxAttributes => RecurrentActivations.Attributes(Activation);

    private protected override Loop BuildFused(LayerBuilder builder, int features)
    {
        nn.NonLinearities nonLinearity = Activation is ReLUActivation ? nn.NonLinearities.ReLU : nn.NonLinearities.Tanh;
        TorchSharp.Modules.RNN module = Bind(builder, nn.RNN(
            features, Units, nonLinearity: nonLinearity, bias: UseBias, batchFirst: true));
        return (x, initial) =>
        {
            (Tensor all, Tensor last) = module.call(x, OfModule(initial?.Output));
            return new Run(all, null, new State(last[0], null));
        };
    }

    private protected override State Step(Tensor gates, State state, RecurrentProduct product) =>
        new(Activation.Apply(gates.Add(product.OfAll(state.Output))), null);
}
