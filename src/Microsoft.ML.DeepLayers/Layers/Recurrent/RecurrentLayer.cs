using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// What <see cref="SimpleRNN"/>, <see cref="LSTM"/>, <see cref="GRU"/>, <see cref="RNN"/> and the ConvLSTM layers have in
/// common: they go through a sequence step by step and carry states along. <see cref="Bidirectional"/> takes any of them.
/// <para>
/// The first input is the sequence. Further ones, if given, are the states to start from, in the order in which
/// returnState gives them; without them the states start at 0.
/// </para>
/// <para>
/// At a step that does not count (see <see cref="Layer.SupportsMasking"/>) the states stay, and the output is that of
/// the step before, or 0 before the first step that counts.
/// </para>
/// </summary>
public abstract record RecurrentLayer : Layer
{
    private protected RecurrentLayer(bool returnSequences, bool returnState, bool goBackwards, bool zeroOutputForMask) =>
        (ReturnSequences, ReturnState, GoBackwards, ZeroOutputForMask) = (returnSequences, returnState, goBackwards, zeroOutputForMask);

    /// <summary>Whether the output has all steps, not only the last.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Whether the last states are outputs too, after the first.</summary>
    public bool ReturnState { get; init; }

    /// <summary>Whether the sequence is read from its end; all steps are then returned in that order too.</summary>
    public bool GoBackwards { get; init; }

    /// <summary>Whether the output is 0 at a step that does not count, instead of that of the step before.</summary>
    public bool ZeroOutputForMask { get; init; }

    /// <inheritdoc/>
    public sealed override int OutputCount => ReturnState ? 1 + StateCount : 1;

    /// <summary>The number of states.</summary>
    internal abstract int StateCount { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        if (inputShapes.Count != 1 && inputShapes.Count != 1 + StateCount)
        {
            throw new LayerShapeException(this, inputShapes, $"exactly one input, or {1 + StateCount} with the states to start from");
        }

        (Shape output, IReadOnlyList<Shape> states) = ComputeStepShapes(inputShapes[0]);
        if (inputShapes.Count > 1 && !inputShapes.Skip(1).SequenceEqual(states))
        {
            throw new LayerShapeException(this, inputShapes, $"states of shape {string.Join(", ", states)} after the sequence");
        }

        Shape first = ReturnSequences ? new Shape([inputShapes[0][0], .. output]) : output;
        return ReturnState ? [first, .. states] : [first];
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return ForOutputs(masks[0]);
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return ForOutputs(inputs[0].Mask);
    }

    /// <summary>The shapes of the output at one step and of the states; checks the sequence's shape.</summary>
    /// <param name="sequence">The shape of the sequence.</param>
    internal abstract (Shape Output, IReadOnlyList<Shape> States) ComputeStepShapes(Shape sequence);

    /// <summary>Adds the node that turns the order of the steps of <c>[batch, steps, ...]</c> around.</summary>
    internal static OnnxValue ReverseSteps(OnnxGraphBuilder onnx, OnnxValue value) =>
        onnx.Node("Slice", [value, onnx.Constant(-1), onnx.Constant(long.MinValue), onnx.Constant(1), onnx.Constant(-1)], value.Shape);

    /// <summary>Checks the shape of a sequence of vectors.</summary>
    private protected void CheckIsSequence(Shape shape)
    {
        if (shape.Rank != 2)
        {
            throw new LayerShapeException(
                this, [shape], "an input of shape [steps, features]",
                shape.Rank == 1 ? $"Use Reshape to say how the {shape[0]} values are divided into steps, or returnSequences: true in a recurrent layer before." : null);
        }
    }

    // As in Keras, the order of the mask is that of the input even where the sequence is read backwards.
    private TMask?[] ForOutputs<TMask>(TMask? mask)
        where TMask : class
    {
        var masks = new TMask?[OutputCount];
        masks[0] = ReturnSequences ? mask : null;
        return masks;
    }
}
