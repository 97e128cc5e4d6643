using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <content>ONNX has no operator: the steps are written out, one behind the other.</content>
public abstract partial record ConvLSTM
{
    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        Shape output = ComputeStepShapes(inputs[0].Shape).Output;
        OnnxValue[] gates = InputGates(onnx, inputs[0], output);
        OnnxValue? mask = inputs[0].Mask is { } given
            ? onnx.Reshape(given, new Shape([gates.Length, .. Enumerable.Repeat(1, output.Rank)]))
            : null;
        OnnxValue? h = inputs.Count > 1 ? inputs[1] : null;
        OnnxValue? c = inputs.Count > 1 ? inputs[2] : null;
        OnnxValue? last = null;
        var outputs = new List<OnnxValue>();
        for (int i = 0; i < gates.Length; i++)
        {
            int step = GoBackwards ? gates.Length - 1 - i : i;
            (OnnxValue state, OnnxValue cell) = Step(onnx, gates[step], h, c, output);
            if (mask is null)
            {
                (h, c, last) = (state, cell, state);
            }
            else
            {
                OnnxValue counts = onnx.Node("Gather", [mask, onnx.Constant(step)], new Shape([.. Enumerable.Repeat(1, output.Rank + 1)]), OnnxAttribute.Int("axis", 1));
                counts = onnx.Node("Squeeze", [counts, onnx.Constant(1)], new Shape([.. Enumerable.Repeat(1, output.Rank)]));
                last = Where(onnx, counts, state, ZeroOutputForMask ? null : last);
                (h, c) = (Where(onnx, counts, state, h), Where(onnx, counts, cell, c));
            }

            outputs.Add(last);
        }

        OnnxValue first = ReturnSequences ? Stack(onnx, outputs, output) : last!;
        return ReturnState ? [first, h!, c!] : [first];
    }

    /// <summary>The input's share of the gates, step by step: one convolution of all steps, <c>[steps · batch, channels, ...]</c>.</summary>
    private OnnxValue[] InputGates(OnnxGraphBuilder onnx, OnnxValue sequence, Shape output)
    {
        int steps = sequence.Shape[0];
        Shape step = new([.. sequence.Shape.Skip(1)]);
        Shape gates = output.With(-1, 4 * Filters);
        long[] positions = [.. Enumerable.Range(2, step.Rank - 1).Select(axis => (long)axis)];
        OnnxValue stepsFirst = onnx.Transpose(sequence, sequence.Shape, [1, 0, step.Rank + 1, .. positions]);
        OnnxValue folded = onnx.Node("Reshape", [stepsFirst, onnx.Constant([-1, step[-1], .. step.SkipLast(1)])], step);
        OnnxValue all = onnx.ChannelsFirstNode(
            "Conv", [ChannelsFirst(folded), onnx.Weight("kernel"), UseBias ? onnx.Weight("bias") : null], gates,
            [.. Window.Attributes(step), OnnxAttribute.Ints("dilations", Window.Dilations)]);
        return Split(onnx, all, [.. Enumerable.Repeat(gates, steps)], axis: 0);
    }

    private (OnnxValue State, OnnxValue Cell) Step(OnnxGraphBuilder onnx, OnnxValue gates, OnnxValue? h, OnnxValue? c, Shape output)
    {
        if (h is not null)
        {
            OnnxValue recurrent = onnx.ChannelsFirstNode("Conv", [h, onnx.Weight("recurrent_kernel")], gates.Shape, StateWindow.Attributes(output));
            gates = onnx.Binary("Add", gates, recurrent);
        }

        OnnxValue[] parts = Split(onnx, gates, [output, output, output, output], axis: 1);
        OnnxValue cell = onnx.Binary("Mul", RecurrentActivation.Export(onnx, parts[0]), Activation.Export(onnx, parts[2]));
        if (c is not null)
        {
            cell = onnx.Binary("Add", cell, onnx.Binary("Mul", RecurrentActivation.Export(onnx, parts[1]), c));
        }

        return (onnx.Binary("Mul", RecurrentActivation.Export(onnx, parts[3]), Activation.Export(onnx, cell)), cell);
    }

    /// <summary>The new value where the step counts, else the old one, or 0; the flags have one dimension for each of the values'.</summary>
    private static OnnxValue Where(OnnxGraphBuilder onnx, OnnxValue counts, OnnxValue value, OnnxValue? old) =>
        onnx.Node("Where", [counts, value, old ?? onnx.Constant([0f])], value.Shape);

    private static OnnxValue Stack(OnnxGraphBuilder onnx, List<OnnxValue> outputs, Shape output)
    {
        Shape shape = new([outputs.Count, .. output]);
        OnnxValue[] parts = [.. outputs.Select(part => onnx.Reshape(part, new Shape([1, .. output])))];
        return onnx.Node("Concat", parts, shape, OnnxAttribute.Int("axis", 1));
    }

    /// <summary>Splits a value whose data is channels first along an axis of that order.</summary>
    private static OnnxValue[] Split(OnnxGraphBuilder onnx, OnnxValue value, Shape[] shapes, int axis)
    {
        var asItIs = new OnnxValue(value.Name, value.Shape);
        IReadOnlyList<OnnxValue?> parts = onnx.Nodes("Split", [asItIs], [.. shapes.Select(shape => (Shape?)shape)], OnnxAttribute.Int("axis", axis));
        return [.. parts.Select(part => ChannelsFirst(part!))];
    }

    /// <summary>Says of a value that its data is channels first.</summary>
    private static OnnxValue ChannelsFirst(OnnxValue value) => new(value.Name, value.Shape, channelsFirst: true);
}
