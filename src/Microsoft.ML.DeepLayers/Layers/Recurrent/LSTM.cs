using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997). With the gates input i, forget f and output o =
/// recurrent activation(x · kernel + h · recurrent kernel + bias) and the candidate g = activation(the same), the cell
/// becomes c' = f · c + i · g and the output h' = o · activation(c'), from c = h = 0.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, the last h, or <c>[batch, steps, units]</c> with
/// returnSequences.
/// </para>
/// <para>
/// Kernels are stored transposed, <c>[4 · units, features]</c> and <c>[4 · units, units]</c>, with the gates in the
/// order i, f, g, o. There is one bias, <c>[4 · units]</c>.
/// </para>
/// <para>Keras: <c>LSTM</c>; ONNX: LSTM.</para>
/// </summary>
/// <example><c>new LSTM(32)</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record LSTM : RecurrentLayer
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
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1.</exception>
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
        bool returnSequences = false,
        bool goBackwards = false)
        : base(units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer, returnSequences, goBackwards)
    {
        RecurrentActivation = RecurrentActivations.Check(recurrentActivation ?? Activation.Sigmoid, nameof(recurrentActivation));
        UnitForgetBias = unitForgetBias;
    }

    /// <summary>The activation of the gates.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether the bias of the forget gate starts at 1.</summary>
    public bool UnitForgetBias { get; }

    // ONNX: i, o, f, c; libtorch: i, f, g (that is c), o.
    private protected override long[] OnnxGates => [0, 3, 1, 2];

    private protected override bool IsFused => Activation is TanhActivation && RecurrentActivation is SigmoidActivation;

    private protected override Initializer WholeBiasInitializer => UnitForgetBias ? new UnitForgetBias(BiasInitializer) : BiasInitializer;

    private protected override string OnnxOperator => "LSTM";

    private protected override IEnumerable<OnnxAttribute> OnnxAttributes =>
        RecurrentActivations.Attributes(RecurrentActivation, Activation, Activation);

    private protected override Func<Tensor, (Tensor All, Tensor Last)> BuildFused(LayerBuilder builder, Shape input)
    {
        TorchSharp.Modules.LSTM module = Bind(builder, nn.LSTM(
            input[-1], Units, bias: UseBias, batchFirst: true, device: builder.TorchDevice, dtype: builder.NumberType));
        return x =>
        {
            (Tensor all, Tensor last, _) = module.call(x);
            return (all, last[0]);
        };
    }

    private protected override Func<Tensor, State, State> BuildStep(LayerBuilder builder)
    {
        Tensor recurrent = builder.Weight("recurrent_kernel");
        return (x, state) =>
        {
            Tensor[] gates = (x + nn.functional.linear(state.Output, recurrent)).chunk(4, -1);
            Tensor input = RecurrentActivation.Apply(gates[0]);
            Tensor forget = RecurrentActivation.Apply(gates[1]);
            Tensor cell = (forget * state.Memory!) + (input * Activation.Apply(gates[2]));
            Tensor output = RecurrentActivation.Apply(gates[3]);
            return new State(output * Activation.Apply(cell), cell);
        };
    }
}
