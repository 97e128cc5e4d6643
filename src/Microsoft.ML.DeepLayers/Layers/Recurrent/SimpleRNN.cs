using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A fully connected recurrent layer: h' = activation(x · kernel + h · recurrent kernel + bias), from h = 0.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, the last h, or <c>[batch, steps, units]</c> with
/// returnSequences.
/// </para>
/// <para>Kernels are stored transposed, <c>[units, features]</c> and <c>[units, units]</c>.</para>
/// <para>Keras: <c>SimpleRNN</c>; ONNX: RNN.</para>
/// </summary>
/// <example><c>new SimpleRNN(32)</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record SimpleRNN : RecurrentLayer
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
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1.</exception>
    /// <exception cref="ArgumentException">The activation is none of those.</exception>
    public SimpleRNN(
        int units,
        Activation? activation = null,
        bool useBias = true,
        Initializer? kernelInitializer = null,
        Initializer? recurrentInitializer = null,
        Initializer? biasInitializer = null,
        bool returnSequences = false,
        bool goBackwards = false)
        : base(units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer, returnSequences, goBackwards)
    {
    }

    private protected override long[] OnnxGates => [0];

    private protected override bool IsFused => Activation is TanhActivation or ReLUActivation;

    private protected override string OnnxOperator => "RNN";

    private protected override IEnumerable<OnnxAttribute> OnnxAttributes => RecurrentActivations.Attributes(Activation);

    private protected override Func<Tensor, (Tensor All, Tensor Last)> BuildFused(LayerBuilder builder, Shape input)
    {
        nn.NonLinearities nonLinearity = Activation is ReLUActivation ? nn.NonLinearities.ReLU : nn.NonLinearities.Tanh;
        TorchSharp.Modules.RNN module = Bind(builder, nn.RNN(
            input[-1], Units, nonLinearity: nonLinearity, bias: UseBias, batchFirst: true, device: builder.TorchDevice, dtype: builder.NumberType));
        return x =>
        {
            (Tensor all, Tensor last) = module.call(x);
            return (all, last[0]);
        };
    }

    private protected override Func<Tensor, State, State> BuildStep(LayerBuilder builder)
    {
        Tensor recurrent = builder.Weight("recurrent_kernel");
        return (x, state) => new State(Activation.Apply(x + nn.functional.linear(state.Output, recurrent)), null);
    }
}
