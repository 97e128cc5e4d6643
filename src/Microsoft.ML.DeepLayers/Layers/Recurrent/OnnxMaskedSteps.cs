using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>What <see cref="MaskedSteps"/> does, as ONNX nodes around a recurrent operator.</summary>
internal sealed class OnnxMaskedSteps
{
    private const long Int32 = 6; // TensorProto.DataType
    private const long Int64 = 7;

    private readonly OnnxGraphBuilder onnx;
    private readonly OnnxValue mask;
    private readonly OnnxValue counts;
    private readonly OnnxValue order;
    private readonly OnnxValue count;

    /// <param name="onnx">The graph to add to.</param>
    /// <param name="mask">The mask, <c>[batch, steps]</c>, in the order in which the steps are read.</param>
    public OnnxMaskedSteps(OnnxGraphBuilder onnx, OnnxValue mask)
    {
        this.onnx = onnx;
        Shape steps = mask.Shape;
        this.mask = onnx.Node("Cast", [mask], steps, OnnxAttribute.Int("to", Int64));
        counts = onnx.Node("CumSum", [this.mask, onnx.Constant(1)], steps);
        OnnxValue ahead = onnx.Node("CumSum", [this.mask, onnx.Constant(1)], steps, OnnxAttribute.Int("reverse", 1));
        OnnxValue length = steps.HasVariableLength
            ? onnx.Node("Gather", [onnx.Node("Shape", [mask], default), onnx.Constant(1)], default)
            : onnx.Constant(steps[0]);
        order = onnx.Nodes("TopK", [onnx.Node("Mul", [this.mask, ahead], steps), length], [steps, steps])[1]!;
        count = Last(counts);
    }

    /// <summary>How many steps count, for the operator, <c>[batch]</c>: it takes at least 1.</summary>
    public OnnxValue SequenceLengths
    {
        get
        {
            OnnxValue atLeastOne = onnx.Node("Max", [onnx.Node("Squeeze", [count, onnx.Constant(1)], default), onnx.Constant(1)], default);
            return onnx.Node("Cast", [atLeastOne], default, OnnxAttribute.Int("to", Int32));
        }
    }

    /// <summary>The sequence <c>[batch, steps, features]</c> with the steps that count in front.</summary>
    public OnnxValue Compact(OnnxValue sequence) => At(sequence, order);

    /// <summary>The outputs of all steps, from those of the compact sequence.</summary>
    public OnnxValue Spread(OnnxValue outputs, bool zeroOutput)
    {
        OnnxValue padded = onnx.Node("Pad", [outputs, onnx.Constant(0, 1, 0, 0, 0, 0)], outputs.Shape);
        return At(padded, zeroOutput ? onnx.Node("Mul", [counts, mask], counts.Shape) : counts);
    }

    /// <summary>The output of the last step, from the operator's, which is that of the last step that counts.</summary>
    public OnnxValue LastOutput(OnnxValue output, bool zeroOutput) => WhereAny(zeroOutput ? Last(mask) : count, output, initial: null);

    /// <summary>A state after the last step, from the operator's, which is that after the last step that counts.</summary>
    public OnnxValue LastState(OnnxValue state, OnnxValue? initial) => WhereAny(count, state, initial);

    private OnnxValue WhereAny(OnnxValue number, OnnxValue value, OnnxValue? initial) => onnx.Node(
        "Where", [onnx.Node("Greater", [number, onnx.Constant(0)], number.Shape), value, initial ?? onnx.Constant([0f])], value.Shape);

    private OnnxValue Last(OnnxValue steps) =>
        onnx.Node("Slice", [steps, onnx.Constant(-1), onnx.Constant(long.MaxValue), onnx.Constant(1)], new Shape(1));

    private OnnxValue At(OnnxValue sequence, OnnxValue steps) => onnx.Node(
        "GatherND", [sequence, onnx.Node("Unsqueeze", [steps, onnx.Constant(-1)], new Shape(sequence.Shape[0], 1))],
        sequence.Shape, OnnxAttribute.Int("batch_dims", 1));
}
