using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="SimpleRNN"/>, <see cref="LSTM"/> and <see cref="GRU"/> have in common: they go through a sequence
/// step by step and carry a state along. <see cref="Bidirectional"/> takes any of them.
/// </summary>
public abstract record RecurrentLayer : SingleInputLayer
{
    private protected RecurrentLayer(
        int units,
        Activation? activation,
        bool useBias,
        Initializer? kernelInitializer,
        Initializer? recurrentInitializer,
        Initializer? biasInitializer,
        bool returnSequences,
        bool goBackwards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
        Activation = RecurrentActivations.Check(activation ?? Activation.Tanh, nameof(activation));
        UseBias = useBias;
        KernelInitializer = kernelInitializer ?? VarianceScaling.GlorotUniform;
        RecurrentInitializer = recurrentInitializer ?? new Orthogonal();
        BiasInitializer = biasInitializer ?? Constant.Zeros;
        ReturnSequences = returnSequences;
        GoBackwards = goBackwards;
    }

    /// <summary>The number of outputs.</summary>
    public int Units { get; }

    /// <summary>The activation of the outputs.</summary>
    public Activation Activation { get; }

    /// <summary>Whether a bias is added.</summary>
    public bool UseBias { get; }

    /// <summary>How the kernel, <c>[gates · units, features]</c>, starts.</summary>
    public Initializer KernelInitializer { get; }

    /// <summary>How the recurrent kernel, <c>[gates · units, units]</c>, starts.</summary>
    public Initializer RecurrentInitializer { get; }

    /// <summary>How the bias, <c>[gates · units]</c>, starts.</summary>
    public Initializer BiasInitializer { get; }

    /// <summary>Whether the output has all steps, not only the last.</summary>
    public bool ReturnSequences { get; }

    /// <summary>Whether the sequence is read from its end; all steps are then returned in that order too.</summary>
    public bool GoBackwards { get; init; }

    /// <summary>The ONNX operator.</summary>
    private protected abstract string OnnxOperator { get; }

    /// <summary>The ONNX operator's attributes, but for its size and direction.</summary>
    private protected abstract IEnumerable<OnnxAttribute> OnnxAttributes { get; }

    /// <summary>For each gate in the order of the ONNX operator, where it is stored (in libtorch's order).</summary>
    private protected abstract long[] OnnxGates { get; }

    /// <summary>Whether libtorch has a fused loop that computes the same.</summary>
    private protected abstract bool IsFused { get; }

    /// <summary>How the bias is to start.</summary>
    private protected virtual Initializer WholeBiasInitializer => BiasInitializer;

    /// <summary>Whether the recurrent product has a bias of its own.</summary>
    private protected virtual bool HasRecurrentBias => false;

    /// <inheritdoc/>
    public sealed override Shape ComputeOutputShape(Shape input)
    {
        if (input.Rank != 2)
        {
            throw new LayerShapeException(
                this, [input], "an input of shape [steps, features]",
                input.Rank == 1 ? $"Use Reshape to say how the {input[0]} values are divided into steps, or returnSequences: true in a recurrent layer before." : null);
        }

        return ReturnSequences ? new Shape(input[0], Units) : new Shape(Units);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<WeightSpec> GetWeights(Shape input)
    {
        int rows = OnnxGates.Length * Units;
        // In Keras kernels are the other way round, which is why its fans and axes are given here.
        List<WeightSpec> weights =
        [
            new("kernel", new Shape(rows, input[-1]), KernelInitializer) { FanIn = input[-1], FanOut = rows, KerasAxes = [1, 0] },
            new("recurrent_kernel", new Shape(rows, Units), RecurrentInitializer) { FanIn = Units, FanOut = rows, KerasAxes = [1, 0] },
        ];
        if (UseBias)
        {
            weights.Add(new WeightSpec("bias", new Shape(rows), WholeBiasInitializer));
        }

        if (UseBias && HasRecurrentBias)
        {
            weights.Add(new WeightSpec("recurrent_bias", new Shape(rows), BiasInitializer));
        }

        return weights;
    }

    /// <inheritdoc/>
    public sealed override TensorFunction Build(LayerBuilder builder, Shape input)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Func<Tensor, (Tensor All, Tensor Last)> run = IsFused ? BuildFused(builder, input) : BuildSteps(builder);
        return (x, _) =>
        {
            (Tensor all, Tensor last) = run(GoBackwards ? x.flip(1) : x);
            return ReturnSequences ? all : last;
        };
    }

    /// <inheritdoc/>
    public sealed override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(input);
        Shape output = ComputeOutputShape(input.Shape);
        OnnxValue? bias = null;
        if (UseBias)
        {
            OnnxValue recurrent = HasRecurrentBias ? Gates("recurrent_bias", 1) : onnx.Constant(new float[OnnxGates.Length * Units], 1, OnnxGates.Length * Units);
            bias = onnx.Node("Concat", [Gates("bias", 1), recurrent], new Shape(2 * OnnxGates.Length * Units), OnnxAttribute.Int("axis", 1));
        }

        OnnxValue?[] inputs = [onnx.Transpose(input, input.Shape, 1, 0, 2), Gates("kernel", input.Shape[-1]), Gates("recurrent_kernel", Units), bias];
        OnnxAttribute[] attributes =
        [
            OnnxAttribute.Int("hidden_size", Units),
            OnnxAttribute.Text("direction", GoBackwards ? "reverse" : "forward"),
            .. OnnxAttributes,
        ];
        if (!ReturnSequences)
        {
            OnnxValue last = onnx.Nodes(OnnxOperator, inputs, [null, output], attributes)[1]!;
            return onnx.Node("Squeeze", [last, onnx.Constant(0)], output);
        }

        OnnxValue all = onnx.Nodes(OnnxOperator, inputs, [output], attributes)[0]!;
        OnnxValue steps = onnx.Transpose(onnx.Node("Squeeze", [all, onnx.Constant(1)], output), output, 1, 0, 2);
        // ONNX puts the outputs of the reverse direction back in the order of the inputs; Keras does not.
        return GoBackwards ? ReverseSteps(onnx, steps) : steps;

        // [gates · units, width] in libtorch's order to [1, gates · units, width] in ONNX's. ONNX Runtime does it once.
        OnnxValue Gates(string name, int width)
        {
            Shape shape = new(OnnxGates.Length * Units, width);
            long[] tail = name.EndsWith("kernel", StringComparison.Ordinal) ? [width] : [];
            OnnxValue stored = onnx.Node("Reshape", [onnx.Weight(name), onnx.Constant([OnnxGates.Length, Units, .. tail])], shape);
            OnnxValue ordered = onnx.Node("Gather", [stored, onnx.Constant(OnnxGates)], shape, OnnxAttribute.Int("axis", 0));
            return onnx.Node("Reshape", [ordered, onnx.Constant([1, OnnxGates.Length * Units, .. tail])], shape);
        }
    }

    /// <summary>Adds the node that turns the order of the steps of <c>[batch, steps, ...]</c> around.</summary>
    internal static OnnxValue ReverseSteps(OnnxGraphBuilder onnx, OnnxValue value) =>
        onnx.Node("Slice", [value, onnx.Constant(-1), onnx.Constant(long.MinValue), onnx.Constant(1), onnx.Constant(-1)], value.Shape);

    /// <summary>libtorch's fused loop over <c>[batch, steps, features]</c>, with its parameters bound to the weights.</summary>
    private protected abstract Func<Tensor, (Tensor All, Tensor Last)> BuildFused(LayerBuilder builder, Shape input);

    /// <summary>
    /// One step: the input's share of the gates, <c>[batch, gates · units]</c> and bias included, and the last state to the next one.
    /// </summary>
    private protected abstract Func<Tensor, State, State> BuildStep(LayerBuilder builder);

    /// <summary>Lets a libtorch module's parameters stand for the weights.</summary>
    private protected TModule Bind<TModule>(LayerBuilder builder, TModule module)
        where TModule : nn.Module
    {
        builder.Own(module);
        Dictionary<string, TorchSharp.Modules.Parameter> parameters = module.named_parameters().ToDictionary(item => item.name, item => item.parameter);
        builder.Bind("kernel", parameters["weight_ih_l0"]);
        builder.Bind("recurrent_kernel", parameters["weight_hh_l0"]);
        if (!UseBias)
        {
            return module;
        }

        builder.Bind("bias", parameters["bias_ih_l0"]);
        Tensor recurrentBias = parameters["bias_hh_l0"];
        if (HasRecurrentBias)
        {
            builder.Bind("recurrent_bias", recurrentBias);
        }
        else
        {
            // libtorch has two biases that are only ever added. Keras has one: the other stays 0, or updates would count twice.
            recurrentBias.requires_grad = false;
            recurrentBias.fill_(0);
        }

        return module;
    }

    private Func<Tensor, (Tensor All, Tensor Last)> BuildSteps(LayerBuilder builder)
    {
        Tensor kernel = builder.Weight("kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        Func<Tensor, State, State> step = BuildStep(builder);
        return x =>
        {
            Tensor gates = nn.functional.linear(x, kernel, bias);
            Tensor zero = zeros(x.shape[0], Units, x.dtype, x.device);
            var state = new State(zero, zero);
            var outputs = new List<Tensor>();
            foreach (Tensor gatesOfStep in gates.unbind(1))
            {
                state = step(gatesOfStep, state);
                outputs.Add(state.Output);
            }

            return (ReturnSequences ? stack(outputs, 1) : state.Output, state.Output);
        };
    }

    /// <summary>A state: what the layer gives at a step, and what it only remembers (LSTM's cell, else nothing).</summary>
    private protected readonly record struct State(Tensor Output, Tensor? Memory);
}
