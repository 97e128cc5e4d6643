using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <content>The ONNX operator and what stands around it.</content>
public abstract partial record DenseRecurrentLayer
{
    /// <summary>The ONNX operator.</summary>
    private protected abstract string OnnxOperator { get; }

    /// <summary>The ONNX operator's attributes, but for its size and direction.</summary>
    private protected abstract IEnumerable<OnnxAttribute> OnnxAttributes { get; }

    /// <summary>For each gate in the order of the ONNX operator, where it is stored (in libtorch's order).</summary>
    private protected abstract long[] OnnxGates { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue x = inputs[0];
        OnnxMaskedSteps? masked = null;
        if (x.Mask is { } mask)
        {
            masked = new OnnxMaskedSteps(onnx, GoBackwards ? ReverseSteps(onnx, mask) : mask);
            x = masked.Compact(GoBackwards ? ReverseSteps(onnx, x) : x);
        }

        // With a mask the sequence is turned around before, as its steps move.
        bool isReverse = GoBackwards && masked is null;
        OnnxValue?[] results = Operator(onnx, x, masked?.SequenceLengths, [.. inputs.Skip(1)], isReverse);
        OnnxValue?[] states = [.. results.Skip(1).Select(state => state is null ? null : onnx.Node("Squeeze", [state, onnx.Constant(0)], state.Shape))];
        var outputs = new List<OnnxValue>();
        if (!ReturnSequences)
        {
            outputs.Add(masked is null ? states[0]! : masked.LastOutput(states[0]!, ZeroOutputForMask));
        }
        else
        {
            // [steps, directions, batch, units]
            OnnxValue flat = onnx.Node("Squeeze", [results[0]!, onnx.Constant(1)], results[0]!.Shape);
            OnnxValue all = onnx.Transpose(flat, flat.Shape, 1, 0, 2);
            all = masked is null ? all : masked.Spread(all, ZeroOutputForMask);
            // ONNX puts the outputs of the reverse direction back in the order of the inputs; Keras does not.
            outputs.Add(isReverse ? ReverseSteps(onnx, all) : all);
        }

        for (int i = 0; ReturnState && i < StateCount; i++)
        {
            outputs.Add(masked is null ? states[i]! : masked.LastState(states[i]!, inputs.Count > 1 ? inputs[1 + i] : null));
        }

        return outputs;
    }

    /// <summary>Adds the operator itself; it gives all outputs and the last states, as far as they are needed.</summary>
    private OnnxValue?[] Operator(OnnxGraphBuilder onnx, OnnxValue x, OnnxValue? lengths, OnnxValue[] initial, bool isReverse)
    {
        OnnxValue? bias = null;
        if (UseBias)
        {
            OnnxValue recurrent = HasRecurrentBias ? InOnnxOrder(onnx, "recurrent_bias") : onnx.Constant(new float[GateCount * Units], 1, GateCount * Units);
            bias = onnx.Node("Concat", [InOnnxOrder(onnx, "bias"), recurrent], new Shape(2 * GateCount * Units), OnnxAttribute.Int("axis", 1));
        }

        IEnumerable<OnnxValue> states = initial.Select(state => onnx.Node("Unsqueeze", [state, onnx.Constant(0)], state.Shape));
        OnnxValue?[] inputs =
        [
            onnx.Transpose(x, x.Shape, 1, 0, 2), InOnnxOrder(onnx, "kernel", x.Shape[-1]), InOnnxOrder(onnx, "recurrent_kernel", Units),
            bias, lengths, .. states,
        ];
        Shape? none = null;
        Shape? all = new Shape(x.Shape[0], Units);
        Shape? last = new Shape(Units);
        Shape?[] shapes = [ReturnSequences ? all : none, ReturnState || !ReturnSequences ? last : none, ReturnState ? last : none];
        return [.. onnx.Nodes(
            OnnxOperator, inputs[..(Array.FindLastIndex(inputs, input => input is not null) + 1)], shapes[..(1 + StateCount)],
            [OnnxAttribute.Int("hidden_size", Units), OnnxAttribute.Text("direction", isReverse ? "reverse" : "forward"), .. OnnxAttributes])];
    }

    /// <summary>
    /// A weight <c>[gates · units, width]</c> in libtorch's order as <c>[1, gates · units, width]</c> in ONNX's. ONNX Runtime does it once.
    /// </summary>
    private OnnxValue InOnnxOrder(OnnxGraphBuilder onnx, string name, int width = 1)
    {
        Shape shape = new(GateCount * Units, width);
        long[] tail = name.EndsWith("kernel", StringComparison.Ordinal) ? [width] : [];
        OnnxValue stored = onnx.Node("Reshape", [onnx.Weight(name), onnx.Constant([GateCount, Units, .. tail])], shape);
        OnnxValue ordered = onnx.Node("Gather", [stored, onnx.Constant(OnnxGates)], shape, OnnxAttribute.Int("axis", 0));
        return onnx.Node("Reshape", [ordered, onnx.Constant([1, GateCount * Units, .. tail])], shape);
    }
}
