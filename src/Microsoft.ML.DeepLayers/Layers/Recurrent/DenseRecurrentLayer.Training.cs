using Microsoft.ML.DeepLayers.Runtime;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <content>What training computes.</content>
public abstract partial record DenseRecurrentLayer
{
    /// <summary>A loop over a sequence <c>[batch, steps, features]</c>, from a state or from 0.</summary>
    private protected delegate Run Loop(Tensor sequence, State? initial);

    /// <summary>Whether libtorch has a fused loop that computes the same.</summary>
    private protected abstract bool IsFused { get; }

    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Loop? fused = IsFused ? BuildFused(builder, builder.InputShapes[0][-1]) : null;
        Tensor kernel = builder.Weight("kernel");
        Tensor recurrentKernel = builder.Weight("recurrent_kernel");
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        Tensor? recurrentBias = UseBias && HasRecurrentBias ? builder.Weight("recurrent_bias") : null;
        return (inputs, context) =>
        {
            Tensor x = inputs[0];
            Tensor? mask = context.Mask();
            if (GoBackwards)
            {
                x = x.flip(1);
                mask = mask?.flip(1);
            }

            State? initial = inputs.Count == 1 ? null : new State(inputs[1], inputs.Count == 3 ? inputs[2] : null);
            MaskedSteps? masked = mask is null ? null : new MaskedSteps(mask);
            x = masked is null ? x : masked.Compact(x);

            // As in Keras, each gate has masks of its own only where the state is dropped too.
            long gates = RecurrentDropout == 0 ? 1 : GateCount;
            Tensor? inputMasks = RecurrentMasks.Draw(this, context, Dropout, gates, [x.shape[0], 1, x.shape[2]], x);
            Tensor? stateMasks = RecurrentMasks.Draw(this, context, RecurrentDropout, GateCount, [x.shape[0], Units], x);

            // The fused loop has no dropout of the state, and keeps the memory of the last step alone.
            bool needsMemories = masked is not null && ReturnState && StateCount == 2;
            Run run = fused is not null && stateMasks is null && !needsMemories
                ? fused(inputMasks is null ? x : x * inputMasks[0], initial)
                : RunSteps(Gates(x, kernel, bias, inputMasks), new RecurrentProduct(recurrentKernel, recurrentBias, stateMasks), initial, needsMemories);
            return Outputs(run, masked, initial);
        };
    }

    /// <summary>libtorch's fused loop, with its parameters bound to the weights.</summary>
    private protected abstract Loop BuildFused(LayerBuilder builder, int features);

    /// <summary>The weights as <see cref="PackedRecurrence"/> takes them; <see langword="null"/> where a module does as well.</summary>
    private protected Tensor[]? PackedWeights(LayerBuilder builder)
    {
        if (builder.TorchDevice.type != TorchSharp.DeviceType.CUDA)
        {
            return null;
        }

        // cuDNN always has both biases in that piece.
        Tensor? zero = UseBias && HasRecurrentBias ? null : builder.Own(zeros(GateCount * Units, builder.NumberType, builder.TorchDevice).DetachFromDisposeScope());
        return
        [
            builder.Weight("kernel"), builder.Weight("recurrent_kernel"), UseBias ? builder.Weight("bias") : zero!,
            UseBias && HasRecurrentBias ? builder.Weight("recurrent_bias") : zero!,
        ];
    }

    /// <summary>A state in the form that libtorch's loops take, or 0.</summary>
    private protected Tensor OfModule(Tensor? state, Tensor x) => OfModule(state) ?? zeros(1, x.shape[0], Units, x.dtype, x.device);

    /// <summary>One step.</summary>
    /// <param name="gates">The input's share of the gates, <c>[batch, gates · units]</c>, bias included.</param>
    /// <param name="state">The state before.</param>
    /// <param name="product">Gives the state's share.</param>
    private protected abstract State Step(Tensor gates, State state, RecurrentProduct product);

    /// <summary>Lets a libtorch module's parameters stand for the weights.</summary>
    private protected TModule Bind<TModule>(LayerBuilder builder, TModule module)
        where TModule : nn.Module
    {
        builder.Own(module);
        ModuleMemory.Move(module, builder.TorchDevice, builder.NumberType);
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
            recurrentBias.Fill(0);
        }

        return module;
    }

    /// <summary>A state in the form that libtorch's loops take: with a dimension for layers in front.</summary>
    private protected static Tensor? OfModule(Tensor? state) => state?.unsqueeze(0).contiguous();

    /// <summary>The input's share of the gates at all steps, <c>[batch, steps, gates · units]</c>.</summary>
    private static Tensor Gates(Tensor x, Tensor kernel, Tensor? bias, Tensor? masks)
    {
        if (masks is null || masks.shape[0] == 1)
        {
            return nn.functional.linear(masks is null ? x : x * masks[0], kernel, bias);
        }

        Tensor[] kernels = kernel.chunk(masks.shape[0], 0);
        Tensor all = cat([.. kernels.Select((gateKernel, gate) => nn.functional.linear(x * masks[gate], gateKernel))], -1);
        return bias is null ? all : all.Add(bias);
    }

    private Run RunSteps(Tensor gates, RecurrentProduct product, State? initial, bool needsMemories)
    {
        Tensor zero = zeros(gates.shape[0], Units, gates.dtype, gates.device);
        State state = initial ?? new State(zero, StateCount == 2 ? zero : null);
        var outputs = new List<Tensor>();
        var memories = new List<Tensor>();
        foreach (Tensor gatesOfStep in gates.unbind(1))
        {
            state = Step(gatesOfStep, state, product);
            outputs.Add(state.Output);
            if (needsMemories)
            {
                memories.Add(state.Memory!);
            }
        }

        return new Run(stack(outputs, 1), needsMemories ? stack(memories, 1) : null, state);
    }

    private Tensor[] Outputs(Run run, MaskedSteps? masked, State? initial)
    {
        if (masked is null)
        {
            Tensor output = ReturnSequences ? run.Outputs : run.Last.Output;
            return !ReturnState ? [output] : StateCount == 1 ? [output, run.Last.Output] : [output, run.Last.Output, run.Last.Memory!];
        }

        Tensor spread = ReturnSequences ? masked.Spread(run.Outputs, ZeroOutputForMask) : masked.LastOutput(run.Outputs, ZeroOutputForMask);
        if (!ReturnState)
        {
            return [spread];
        }

        Tensor state = masked.LastState(run.Outputs, initial?.Output);
        return StateCount == 1 ? [spread, state] : [spread, state, masked.LastState(run.Memories!, initial?.Memory)];
    }

    /// <summary>A state: what the layer gives at a step, and what it only remembers (LSTM's cell, else nothing).</summary>
    private protected readonly record struct State(Tensor Output, Tensor? Memory);

    /// <summary>What a loop gives: the outputs of all steps, the memories of all steps where they are needed, and the last state.</summary>
    private protected readonly record struct Run(Tensor Outputs, Tensor? Memories, State Last);
}
