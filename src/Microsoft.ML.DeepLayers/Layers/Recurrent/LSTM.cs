using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997). With the gates input i, forget f and output o =
/// recurrent activation(x · kernel + h · recurrent kernel + bias) and the candidate g = activation(the same), the cell
/// becomes c' = f · c + i · g and the output h' = o · activation(c'), from c = h = 0.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, the last h, or <c>[batch, steps, units]</c> with
/// returnSequences; the last h and c, <c>[batch, units]</c> each, after it with returnState. Further inputs, if given, are
/// the h and c to start from.
/// </para>
/// <para>
/// Kernels are stored transposed, <c>[4 · units, features]</c> and <c>[4 · units, units]</c>, with the gates in the
/// order i, f, g, o. There is one bias, <c>[4 · units]</c>.
/// </para>
/// <para>Keras: <c>LSTM</c>; ONNX: LSTM.</para>
/// </summary>
/// <example><c>new LSTM(32)</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record LSTM : DenseRecurrentLayer
{
    /// <summary>Creates the layer. The default activations are fastest in training.</summary>
    /// <param name="units">The number of outputs; at least 1.</param>
    /// <param name="activation">
    /// The activation of candidate and output: Tanh (the default), Sigmoid, ReLU, LeakyReLU, ELU, Softsign, Softplus or Linear.
    /// </param>
    /// <param name="recurrentActivation">The activation of the gates: Sigmoid (the default) or another one of these.</param>
    /// <param name="useBias">Whether a bias is added. Default: <see langword="true"/>.</param>
    /// <param name="kernelInitializer">How the kernel starts. Default: <see cref="VarianceScaling.GlorotUniform"/>.</param>
    /// <param name="recurrentInitializer">How the recurrent kernel starts. Default: <see cref="Orthogonal"/>.</param>
    /// <param name="biasInitializer">How the bias starts. Default: <see cref="Constant.Zeros"/>.</param>
    /// <param name="unitForgetBias">Whether the bias of the forget gate starts at 1 instead. Default: <see langword="true"/>.</param>
    /// <param name="kernelRegularizer">What the size of the kernel adds to the loss. Default: nothing.</param>
    /// <param name="recurrentRegularizer">What the size of the recurrent kernel adds to the loss. Default: nothing.</param>
    /// <param name="biasRegularizer">What the size of the bias adds to the loss. Default: nothing.</param>
    /// <param name="kernelConstraint">What the kernel must satisfy, as in Keras's order <c>[features, 4 · units]</c>. Default: nothing.</param>
    /// <param name="recurrentConstraint">What the recurrent kernel must satisfy, as in Keras's order <c>[units, 4 · units]</c>. Default: nothing.</param>
    /// <param name="biasConstraint">What the bias must satisfy. Default: nothing.</param>
    /// <param name="dropout">The fraction of the features that is dropped in training; at least 0, the default, and below 1.</param>
    /// <param name="recurrentDropout">
    /// The fraction of the last output that is dropped in training on its way into the gates; at least 0, the default, and
    /// below 1. Training goes step by step with it, which is slower.
    /// </param>
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="returnState">Whether the last h and c are outputs too. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <param name="zeroOutputForMask">
    /// Whether the output is 0 at a step that does not count, instead of that of the step before. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1, or a dropout is not within [0, 1).</exception>
    /// <exception cref="ArgumentException">An activation is none of those.</exception>
    public LSTM(
        int units,
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
            units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer,
            kernelRegularizer, recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint, biasConstraint,
            dropout, recurrentDropout, returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
        RecurrentActivation = RecurrentActivations.Check(recurrentActivation ?? Activation.Sigmoid, nameof(recurrentActivation));
        UnitForgetBias = unitForgetBias;
    }

    /// <summary>The activation of the gates.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether the bias of the forget gate starts at 1.</summary>
    public bool UnitForgetBias { get; }

    internal override int StateCount => 2;

    // ONNX: i, o, f, c; libtorch: i, f, g (that is c), o.
    private protected override long[] OnnxGates => [0, 3, 1, 2];

    private protected override bool IsFused => Activation is TanhActivation && RecurrentActivation is SigmoidActivation;

    private protected override Initializer WholeBiasInitializer => UnitForgetBias ? new UnitForgetBias(BiasInitializer) : BiasInitializer;

    private protected override string OnnxOperator => "LSTM";

    private protected override IEnumerable<OnnxAttribute> OnnxAttributes =>
        RecurrentActivations.Attributes(RecurrentActivation, Activation, Activation);

    private protected override Loop BuildFused(LayerBuilder builder, int features)
    {
        if (PackedWeights(builder) is { } weights)
        {
            return (x, initial) =>
            {
                (Tensor all, Tensor last, Tensor memory) = PackedRecurrence.LSTM(x, [OfModule(initial?.Output, x), OfModule(initial?.Memory, x)], weights);
                return new Run(all, null, new State(last[0], memory[0]));
            };
        }

        TorchSharp.Modules.LSTM module = Bind(builder, nn.LSTM(features, Units, bias: UseBias, batchFirst: true));
        return (x, initial) =>
        {
            (Tensor all, Tensor last, Tensor memory) = module.call(
                x, initial is { } state ? (OfModule(state.Output)!, OfModule(state.Memory)!) : null);
            return new Run(all, null, new State(last[0], memory[0]));
        };
    }

    private protected override State Step(Tensor gates, State state, RecurrentProduct product)
    {
        Tensor[] parts = (gates.Add(product.OfAll(state.Output))).chunk(4, -1);
        Tensor input = RecurrentActivation.Apply(parts[0]);
        Tensor forget = RecurrentActivation.Apply(parts[1]);
        Tensor cell = (forget * state.Memory!).Add(input * Activation.Apply(parts[2]));
        Tensor output = RecurrentActivation.Apply(parts[3]);
        return new State(output * Activation.Apply(cell), cell);
    }
}
