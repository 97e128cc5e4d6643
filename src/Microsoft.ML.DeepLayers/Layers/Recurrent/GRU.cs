using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// A gated recurrent unit (Cho et al. 2014). With the gates reset r and update z = recurrent activation(x · kernel +
/// h · recurrent kernel + bias) and a candidate n, the output becomes h' = z · h + (1 - z) · n, from h = 0. The
/// candidate is n = activation(x · kernel + bias + r · (h · recurrent kernel + recurrent bias)), or with resetAfter off
/// n = activation(x · kernel + (r · h) · recurrent kernel + bias).
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, the last h, or <c>[batch, steps, units]</c> with
/// returnSequences; the last h after it with returnState. A second input, if given, is the h to start from.
/// </para>
/// <para>
/// Kernels are stored transposed, <c>[3 · units, features]</c> and <c>[3 · units, units]</c>, with the gates in the
/// order r, z, n (Keras: z, r, n). With resetAfter there are two biases, <c>[3 · units]</c> each.
/// </para>
/// <para>Keras: <c>GRU</c>; ONNX: GRU.</para>
/// </summary>
/// <example><c>new GRU(32)</c> turns <c>[100, 8]</c> into <c>[32]</c>.</example>
public sealed record GRU : DenseRecurrentLayer
{
    /// <summary>Creates the layer. The default activations with resetAfter are fastest in training.</summary>
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
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="returnState">Whether the last h is an output too. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <param name="resetAfter">Whether the reset gate acts after the recurrent product. Default: <see langword="true"/>.</param>
    /// <param name="zeroOutputForMask">
    /// Whether the output is 0 at a step that does not count, instead of that of the step before. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1, or a dropout is not within [0, 1).</exception>
    /// <exception cref="ArgumentException">An activation is none of those.</exception>
    public GRU(
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
        bool returnSequences = false,
        bool returnState = false,
        bool goBackwards = false,
        bool resetAfter = true,
        bool zeroOutputForMask = false)
        : base(
            units, activation, useBias, kernelInitializer, recurrentInitializer, biasInitializer,
            kernelRegularizer, recurrentRegularizer, biasRegularizer, kernelConstraint, recurrentConstraint, biasConstraint,
            dropout, recurrentDropout, returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
        RecurrentActivation = RecurrentActivations.Check(recurrentActivation ?? Activation.Sigmoid, nameof(recurrentActivation));
        ResetAfter = resetAfter;
    }

    /// <summary>The activation of the gates.</summary>
    public Activation RecurrentActivation { get; }

    /// <summary>Whether the reset gate acts after the recurrent product.</summary>
    public bool ResetAfter { get; }

    // ONNX: z, r, h; libtorch: r, z, n.
    private protected override long[] OnnxGates => [1, 0, 2];

    private protected override bool IsFused => ResetAfter && Activation is TanhActivation && RecurrentActivation is SigmoidActivation;

    private protected override bool HasRecurrentBias => ResetAfter;

    private protected override string OnnxOperator => "GRU";

    private protected override IEnumerable<OnnxAttribute> OnnxAttributes =>
        [.. RecurrentActivations.Attributes(RecurrentActivation, Activation), OnnxAttribute.Int("linear_before_reset", ResetAfter ? 1 : 0)];

    private protected override Loop BuildFused(LayerBuilder builder, int features)
    {
        if (PackedWeights(builder) is { } weights)
        {
            return (x, initial) =>
            {
                (Tensor all, Tensor last) = PackedRecurrence.GRU(x, [OfModule(initial?.Output, x)], weights);
                return new Run(all, null, new State(last[0], null));
            };
        }

        TorchSharp.Modules.GRU module = Bind(builder, nn.GRU(features, Units, bias: UseBias, batchFirst: true));
        return (x, initial) =>
        {
            (Tensor all, Tensor last) = module.call(x, OfModule(initial?.Output));
            return new Run(all, null, new State(last[0], null));
        };
    }

    private protected override State Step(Tensor gates, State state, RecurrentProduct product)
    {
        Tensor h = state.Output;
        Tensor[] inputs = gates.chunk(3, -1);
        Tensor reset;
        Tensor update;
        Tensor candidate;
        if (ResetAfter)
        {
            Tensor[] products = product.OfAll(h).chunk(3, -1);
            reset = RecurrentActivation.Apply(inputs[0].Add(products[0]));
            update = RecurrentActivation.Apply(inputs[1].Add(products[1]));
            candidate = inputs[2].Add(reset * products[2]);
        }
        else
        {
            reset = RecurrentActivation.Apply(inputs[0].Add(product.OfGate(h, 0)));
            update = RecurrentActivation.Apply(inputs[1].Add(product.OfGate(h, 1)));
            candidate = inputs[2].Add(product.OfGate(h, 2, factor: reset));
        }

        candidate = Activation.Apply(candidate);
        return new State(candidate.Add(update * (h - candidate)), null);
    }
}
