using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Reads a sequence in both directions with two copies of a recurrent layer, and joins what they give.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, 2 · units]</c> (or units, if the outputs are not
/// concatenated), or <c>[batch, steps, 2 · units]</c> where the layer has returnSequences. Where the layer has returnState,
/// the last states follow: those of the forward layer, then those of the backward layer. Further inputs, if given, are
/// the states to start from, in the same order.
/// </para>
/// <para>
/// Where the layer has returnSequences, the outputs at steps that do not count are 0 (zeroOutputForMask is on in both).
/// </para>
/// <para>The weights are those of the layer, twice: <c>forward/kernel</c>, <c>backward/kernel</c> and so on.</para>
/// <para>Keras: <c>Bidirectional</c>; ONNX: two of the layer's operators.</para>
/// </summary>
/// <example><c>new Bidirectional(new LSTM(32))</c> turns <c>[100, 8]</c> into <c>[64]</c>.</example>
public sealed record Bidirectional : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="layer">The layer that reads forwards, a <see cref="RecurrentLayer"/>.</param>
    /// <param name="mergeMode">How the outputs are joined. Default: <see cref="MergeMode.Concat"/>.</param>
    /// <param name="backwardLayer">
    /// The layer that reads backwards: a <see cref="RecurrentLayer"/> whose goBackwards is the opposite of the first
    /// one's, and which returns sequences and states as the first one does. Default: a copy of the first one.
    /// </param>
    /// <exception cref="ArgumentException">A layer is not recurrent, or the two do not fit each other.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mode is none of those that exist.</exception>
    public Bidirectional(Layer layer, MergeMode mergeMode = MergeMode.Concat, Layer? backwardLayer = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (layer is not RecurrentLayer)
        {
            throw new ArgumentException($"Bidirectional takes a recurrent layer, such as LSTM or GRU, but was given {layer.GetType().Name}.", nameof(layer));
        }

        if (!Enum.IsDefined(mergeMode))
        {
            throw new ArgumentOutOfRangeException(nameof(mergeMode), mergeMode, "The mode must be Concat, Sum, Multiply, Average or None.");
        }

        (Layer, MergeMode, BackwardLayer) = (layer, mergeMode, backwardLayer);
        CheckBackwardLayer();
    }

    /// <summary>The layer that reads forwards.</summary>
    public Layer Layer { get; }

    /// <summary>How the outputs are joined.</summary>
    public MergeMode MergeMode { get; }

    /// <summary>The layer that reads backwards; <see langword="null"/> for a copy of the first one.</summary>
    public Layer? BackwardLayer { get; }

    /// <inheritdoc/>
    public override int OutputCount => (MergeMode == MergeMode.None ? 2 : 1) + (Forward.ReturnState ? Forward.StateCount + Backward.StateCount : 0);

    /// <inheritdoc/>
    public override bool AllowsVariableLength => Forward.AllowsVariableLength && Backward.AllowsVariableLength;

    // As in Keras: what is joined at a step that does not count is nothing, rather than what came before and after it.
    private RecurrentLayer Forward => Zeroing((RecurrentLayer)Layer);

    private RecurrentLayer Backward => BackwardLayer is RecurrentLayer given
        ? Zeroing(given)
        : Forward with { GoBackwards = !Forward.GoBackwards };

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        CheckCount(inputShapes);
        IReadOnlyList<Shape> forward = Forward.ComputeOutputShapes(Inputs(inputShapes, ofBackward: false));
        IReadOnlyList<Shape> backward = Backward.ComputeOutputShapes(Inputs(inputShapes, ofBackward: true));
        (Shape first, Shape second) = (forward[0], backward[0]);
        bool fit = MergeMode switch
        {
            MergeMode.None => true,
            MergeMode.Concat => first.With(-1, 1) == second.With(-1, 1),
            _ => first == second,
        };
        if (!fit)
        {
            throw new LayerShapeException(this, inputShapes, $"layers with outputs that can be joined, but theirs are {first} and {second}");
        }

        Shape[] joined = MergeMode switch
        {
            MergeMode.None => [first, second],
            MergeMode.Concat => [first.With(-1, first[-1] + second[-1])],
            _ => [first],
        };
        return [.. joined, .. forward.Skip(1), .. backward.Skip(1)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes) =>
    [
        .. WeightSpec.Prefixed("forward", Forward.DeclareWeights(Inputs(inputShapes, ofBackward: false))),
        .. WeightSpec.Prefixed("backward", Backward.DeclareWeights(Inputs(inputShapes, ofBackward: true))),
    ];

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction forward = builder.BuildInner("forward", Forward, Inputs(builder.InputShapes, ofBackward: false));
        LayerFunction backward = builder.BuildInner("backward", Backward, Inputs(builder.InputShapes, ofBackward: true));
        bool sequences = Forward.ReturnSequences;
        return (inputs, context) =>
        {
            IReadOnlyList<Tensor> ahead = forward(Inputs(inputs, ofBackward: false), context);
            IReadOnlyList<Tensor> back = backward(Inputs(inputs, ofBackward: true), context);
            Tensor first = ahead[0];
            // The second begins with the last step: each step is to meet its own.
            Tensor second = sequences ? back[0].flip(1) : back[0];
            Tensor[] joined = MergeMode switch
            {
                MergeMode.None => [first, second],
                MergeMode.Concat => [cat([first, second], -1)],
                MergeMode.Sum => [first.Add(second)],
                MergeMode.Multiply => [first.mul(second)],
                _ => [first.Add(second).Divide(2)],
            };
            return [.. joined, .. ahead.Skip(1), .. back.Skip(1)];
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        IReadOnlyList<OnnxValue> ahead = Forward.Export(onnx.Inner("forward"), Inputs(inputs, ofBackward: false));
        IReadOnlyList<OnnxValue> back = Backward.Export(onnx.Inner("backward"), Inputs(inputs, ofBackward: true));
        OnnxValue first = ahead[0];
        OnnxValue second = Forward.ReturnSequences ? RecurrentLayer.ReverseSteps(onnx, back[0]) : back[0];
        OnnxValue[] joined = MergeMode switch
        {
            MergeMode.None => [first, second],
            MergeMode.Concat => [onnx.Node("Concat", [first, second], first.Shape.With(-1, first.Shape[-1] + second.Shape[-1]), OnnxAttribute.Int("axis", -1))],
            MergeMode.Sum => [onnx.Binary("Add", first, second)],
            MergeMode.Multiply => [onnx.Binary("Mul", first, second)],
            _ => [onnx.Elementwise("Mul", onnx.Binary("Add", first, second), [onnx.Constant([0.5f])])],
        };
        return [.. joined, .. ahead.Skip(1), .. back.Skip(1)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ComputeMasks(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor?> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        return ForOutputs(masks[0]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue?> ExportMasks(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return ForOutputs(inputs[0].Mask);
    }

    private static RecurrentLayer Zeroing(RecurrentLayer layer) => layer with { ZeroOutputForMask = layer.ReturnSequences };

    private void CheckBackwardLayer()
    {
        if (BackwardLayer is null)
        {
            return;
        }

        string? problem = BackwardLayer is not RecurrentLayer backward ? $"Bidirectional takes a recurrent layer, such as LSTM or GRU, but was given {BackwardLayer.GetType().Name}."
            : backward.GoBackwards == Forward.GoBackwards ? "The two layers of Bidirectional must differ in goBackwards: one is to read from the end."
            : backward.ReturnSequences != Forward.ReturnSequences ? "The two layers of Bidirectional must have the same returnSequences."
            : backward.ReturnState != Forward.ReturnState ? "The two layers of Bidirectional must have the same returnState."
            : null;
        if (problem is not null)
        {
            throw new ArgumentException(problem, "backwardLayer");
        }
    }

    private void CheckCount(IReadOnlyList<Shape> shapes)
    {
        int all = 1 + Forward.StateCount + Backward.StateCount;
        if (shapes.Count != 1 && shapes.Count != all)
        {
            throw new LayerShapeException(this, shapes, $"exactly one input, or {all} with the states to start from");
        }
    }

    /// <summary>The sequence, and that direction's states where there are any.</summary>
    private T[] Inputs<T>(IReadOnlyList<T> inputs, bool ofBackward)
    {
        IEnumerable<T> states = inputs.Skip(1);
        return [inputs[0], .. ofBackward ? states.Skip(Forward.StateCount) : states.Take(Forward.StateCount)];
    }

    private TMask?[] ForOutputs<TMask>(TMask? mask)
        where TMask : class
    {
        var masks = new TMask?[OutputCount];
        masks.AsSpan(0, MergeMode == MergeMode.None ? 2 : 1).Fill(Forward.ReturnSequences ? mask : null);
        return masks;
    }
}
