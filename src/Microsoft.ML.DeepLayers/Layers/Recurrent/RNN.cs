using Microsoft.ML.DeepLayers.Onnx;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Goes through a sequence with a cell, or with a stack of cells. One cell computes what the layer of its name computes,
/// a stack what that many layers behind each other compute.
/// <para>
/// Input <c>[batch, steps, features]</c>; output <c>[batch, units]</c>, that of the last cell at the last step, or
/// <c>[batch, steps, units]</c> with returnSequences; the last states of all cells, <c>[batch, units]</c> each, after it
/// with returnState. Further inputs, if given, are the states to start from.
/// </para>
/// <para>The weights are those of the cells: <c>cell/kernel</c>, or in a stack <c>cell/0/kernel</c> and so on.</para>
/// <para>Keras: <c>RNN</c>; ONNX: the cells' operators.</para>
/// </summary>
/// <example>
/// <c>new RNN(new StackedRNNCells(new LSTMCell(32), new GRUCell(16)), returnSequences: true)</c> turns <c>[100, 8]</c>
/// into <c>[100, 16]</c>.
/// </example>
public sealed record RNN : RecurrentLayer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="cell">A <see cref="SimpleRNNCell"/>, <see cref="LSTMCell"/>, <see cref="GRUCell"/> or <see cref="StackedRNNCells"/>.</param>
    /// <param name="returnSequences">Whether the output has all steps. Default: <see langword="false"/>.</param>
    /// <param name="returnState">Whether the last states are outputs too. Default: <see langword="false"/>.</param>
    /// <param name="goBackwards">Whether the sequence is read, and all steps returned, from its end. Default: <see langword="false"/>.</param>
    /// <param name="zeroOutputForMask">
    /// Whether the output is 0 at a step that does not count, instead of that of the step before. Default: <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentException">The cell is none of those.</exception>
    public RNN(Layer cell, bool returnSequences = false, bool returnState = false, bool goBackwards = false, bool zeroOutputForMask = false)
        : base(returnSequences, returnState, goBackwards, zeroOutputForMask)
    {
        ArgumentNullException.ThrowIfNull(cell);
        Cell = cell is RecurrentCell or StackedRNNCells
            ? cell
            : throw new ArgumentException(
                $"An RNN takes a SimpleRNNCell, an LSTMCell, a GRUCell or StackedRNNCells, but was given {cell.GetType().Name}.", nameof(cell));
    }

    /// <summary>The cell, or the stack of cells.</summary>
    public Layer Cell { get; }

    /// <inheritdoc/>
    public override bool AllowsVariableLength => true;

    internal override int StateCount => Cells.Sum(cell => cell.OverSteps.StateCount);

    private RecurrentCell[] Cells => Cell is StackedRNNCells stack ? [.. stack.All] : [(RecurrentCell)Cell];

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        return [.. Layers(inputShapes[0]).SelectMany(item => WeightSpec.Prefixed(item.Prefix, item.Layer.DeclareWeights([item.Input])))];
    }

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        LayerFunction[] functions = [.. Layers(builder.InputShapes[0]).Select(item => builder.BuildInner(item.Prefix, item.Layer, [item.Input]))];
        return (inputs, context) =>
        {
            // The first layer turns the order around; for those behind it that is the order of the steps.
            Tensor? mask = context.Mask();
            ForwardContext first = context with { Masks = [mask] };
            ForwardContext others = context with { Masks = [GoBackwards ? mask?.flip(1) : mask] };
            return Through(inputs, (index, own) => functions[index](own, index == 0 ? first : others));
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(inputs);
        OnnxValue? mask = inputs[0].Mask;
        (string Prefix, DenseRecurrentLayer Layer, Shape Input)[] layers = [.. Layers(inputs[0].Shape)];
        OnnxValue? othersMask = GoBackwards && layers.Length > 1 && mask is not null ? ReverseSteps(onnx, mask) : mask;
        return Through(inputs, (index, own) => layers[index].Layer.Export(
            onnx.Inner(layers[index].Prefix), [own[0].WithMask(index == 0 ? mask : othersMask), .. own.Skip(1)]));
    }

    internal override (Shape Output, IReadOnlyList<Shape> States) ComputeStepShapes(Shape sequence)
    {
        CheckIsSequence(sequence);
        IEnumerable<Shape> states = Cells.SelectMany(cell => Enumerable.Repeat(new Shape(cell.Units), cell.OverSteps.StateCount));
        return (new Shape(Cells[^1].Units), [.. states]);
    }

    /// <summary>The layers that compute the same: all steps of one cell, then all steps of the next.</summary>
    private IEnumerable<(string Prefix, DenseRecurrentLayer Layer, Shape Input)> Layers(Shape input)
    {
        RecurrentCell[] cells = Cells;
        for (int i = 0; i < cells.Length; i++)
        {
            bool isLast = i == cells.Length - 1;
            DenseRecurrentLayer layer = cells[i].OverSteps with
            {
                ReturnSequences = !isLast || ReturnSequences,
                ReturnState = ReturnState,
                GoBackwards = i == 0 && GoBackwards,
                ZeroOutputForMask = isLast && ZeroOutputForMask,
            };
            yield return (Cell is StackedRNNCells ? $"cell/{i}" : "cell", layer, i == 0 ? input : input.With(1, cells[i - 1].Units));
        }
    }

    /// <summary>Goes through the layers: each reads the output of the one before, and starts from states of its own.</summary>
    private List<T> Through<T>(IReadOnlyList<T> inputs, Func<int, IReadOnlyList<T>, IReadOnlyList<T>> apply)
    {
        T output = inputs[0];
        int read = 1;
        var states = new List<T>();
        RecurrentCell[] cells = Cells;
        for (int i = 0; i < cells.Length; i++)
        {
            int count = cells[i].OverSteps.StateCount;
            IReadOnlyList<T> outputs = apply(i, [output, .. inputs.Skip(read).Take(count)]);
            read += count;
            output = outputs[0];
            states.AddRange(outputs.Skip(1));
        }

        return [output, .. states];
    }
}
