using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <content>What training computes.</content>
public abstract partial record ConvLSTM
{
    /// <inheritdoc/>
    public sealed override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Shape step = new([.. builder.InputShapes[0].Skip(1)]);
        Shape stateShape = ComputeStepShapes(builder.InputShapes[0]).Output;
        Tensor? bias = UseBias ? builder.Weight("bias") : null;
        Func<Tensor, Tensor?, Tensor> convolveInput = Convolve(Window, step, builder.Weight("kernel"), bias);
        Func<Tensor, Tensor?, Tensor> convolveState = Convolve(StateWindow, stateShape, builder.Weight("recurrent_kernel"), null);
        return (inputs, context) =>
        {
            Tensor x = inputs[0];
            Tensor? mask = context.Mask();
            if (GoBackwards)
            {
                x = x.flip(1);
                mask = mask?.flip(1);
            }

            (long batch, long steps) = (x.shape[0], x.shape[1]);
            Tensor? inputMasks = RecurrentMasks.Draw(this, context, Dropout, 4, step.WithBatch(batch), x);
            Tensor? stateMasks = RecurrentMasks.Draw(this, context, RecurrentDropout, 4, stateShape.WithBatch(batch), x);

            // The same masks at each step of a sequence, and all steps at once.
            inputMasks = inputMasks?.repeat_interleave(steps, 1);
            Tensor[] gates = convolveInput(x.flatten(0, 1), inputMasks).unflatten(0, [batch, steps]).unbind(1);
            return Run(gates, h => convolveState(h, stateMasks), mask, inputs, zeros(stateShape.WithBatch(batch), x.dtype, x.device));
        };
    }

    /// <summary>
    /// A convolution of <c>[batch, ..., channels]</c> for all gates, <c>[batch, ..., 4 · filters]</c>, where each gate may
    /// see the input through a mask of its own.
    /// </summary>
    private Func<Tensor, Tensor?, Tensor> Convolve(SlidingWindow window, Shape input, Tensor kernel, Tensor? bias)
    {
        bool isFlat = input.Rank == 2;
        Func<Tensor, Tensor> Of(long groups) => window.ChannelsLast(this, input, 0, (x, axes, pads) =>
            nn.functional.conv2d(x, isFlat ? kernel.unsqueeze(2) : kernel, bias, axes.Strides, pads, axes.Dilations, groups));
        Func<Tensor, Tensor> whole = Of(groups: 1);
        Func<Tensor, Tensor> byGate = Of(groups: 4);
        return (x, masks) => masks is null ? whole(x) : byGate(cat([.. masks.unbind(0).Select(mask => x * mask)], -1));
    }

    private Tensor[] Run(Tensor[] gates, Func<Tensor, Tensor> convolveState, Tensor? mask, IReadOnlyList<Tensor> inputs, Tensor zero)
    {
        (Tensor h, Tensor c) = inputs.Count > 1 ? (inputs[1], inputs[2]) : (zero, zero);
        Tensor output = zero;
        var outputs = new List<Tensor>();
        long[] perRow = [-1, .. Enumerable.Repeat(1L, (int)zero.dim() - 1)];
        for (int step = 0; step < gates.Length; step++)
        {
            Tensor[] parts = (gates[step].Add(convolveState(h))).chunk(4, -1);
            Tensor input = RecurrentActivation.Apply(parts[0]);
            Tensor forget = RecurrentActivation.Apply(parts[1]);
            Tensor cell = (forget * c).Add(input * Activation.Apply(parts[2]));
            Tensor state = RecurrentActivation.Apply(parts[3]) * Activation.Apply(cell);
            if (mask is null)
            {
                (h, c, output) = (state, cell, state);
            }
            else
            {
                Tensor counts = mask.select(1, step).reshape(perRow);
                (h, c, output) = (where(counts, state, h), where(counts, cell, c), where(counts, state, ZeroOutputForMask ? zero : output));
            }

            outputs.Add(output);
        }

        Tensor first = ReturnSequences ? stack(outputs, 1) : output;
        return ReturnState ? [first, h, c] : [first];
    }
}
