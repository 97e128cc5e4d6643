using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Layers;

/// <summary>
/// Cells that read each other's outputs within one step. In an <see cref="RNN"/> they compute what a stack of recurrent
/// layers computes.
/// <para>
/// Inputs <c>[batch, features]</c> and the states of all cells, those of the first cell first; outputs that of the last
/// cell, <c>[batch, units]</c>, and the new states.
/// </para>
/// <para>The weights are those of the cells: <c>0/kernel</c>, <c>1/kernel</c> and so on.</para>
/// <para>Keras: <c>StackedRNNCells</c>; ONNX: the cells' operators.</para>
/// </summary>
/// <example><c>new RNN(new StackedRNNCells(new LSTMCell(32), new GRUCell(16)))</c> turns <c>[100, 8]</c> into <c>[16]</c>.</example>
public sealed record StackedRNNCells : Layer
{
    /// <summary>Creates the stack.</summary>
    /// <param name="cells">The cells, each a <see cref="RecurrentCell"/>; at least one.</param>
    /// <exception cref="ArgumentException">There are none, or one is not such a cell.</exception>
    public StackedRNNCells(params Layer[] cells)
        : this(ImmutableArray.Create(cells ?? throw new ArgumentNullException(nameof(cells))))
    {
    }

    [JsonConstructor]
    private StackedRNNCells(ImmutableArray<Layer> cells)
    {
        if (cells.IsDefaultOrEmpty)
        {
            throw new ArgumentException("A stack has at least one cell.", nameof(cells));
        }

        if (cells.FirstOrDefault(cell => cell is not RecurrentCell) is { } other)
        {
            throw new ArgumentException($"A cell is a SimpleRNNCell, an LSTMCell or a GRUCell, but {other.GetType().Name} was given.", nameof(cells));
        }

        Cells = cells;
    }

    /// <summary>The cells, in the order in which they read each other.</summary>
    public ImmutableArray<Layer> Cells { get; }

    /// <inheritdoc/>
    public override int OutputCount => 1 + All.Sum(cell => cell.OverSteps.StateCount);

    /// <summary>The cells as what they are.</summary>
    internal IEnumerable<RecurrentCell> All => Cells.Cast<RecurrentCell>();

    /// <summary>Compares by value: the array's own comparison would be by reference.</summary>
    /// <param name="other">The other layer.</param>
    public bool Equals(StackedRNNCells? other) => base.Equals(other) && Cells.SequenceEqual(other.Cells);

    /// <inheritdoc/>
    public override int GetHashCode() => Cells.Aggregate(base.GetHashCode(), HashCode.Combine);

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes)
    {
        ArgumentNullException.ThrowIfNull(inputShapes);
        return inputShapes.Count == OutputCount
            ? Through(inputShapes, (_, cell, inputs) => cell.ComputeOutputShapes(inputs))
            : throw new LayerShapeException(this, inputShapes, $"an input of shape [features] and {OutputCount - 1} states", "For a sequence, put the cells into an RNN.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<WeightSpec> GetWeights(IReadOnlyList<Shape> inputShapes)
    {
        var weights = new List<WeightSpec>();
        _ = Through(inputShapes, (index, cell, inputs) =>
        {
            weights.AddRange(WeightSpec.Prefixed($"{index}", cell.DeclareWeights(inputs)));
            return cell.ComputeOutputShapes(inputs);
        });
        return weights;
    }

    /// <inheritdoc/>
    public override LayerFunction Build(LayerBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var functions = new List<LayerFunction>();
        _ = Through(builder.InputShapes, (index, cell, inputs) =>
        {
            functions.Add(builder.BuildInner($"{index}", cell, inputs));
            return cell.ComputeOutputShapes(inputs);
        });
        return (inputs, context) => Through(inputs, (index, _, own) => functions[index](own, context with { Masks = [] }));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        return Through(inputs, (index, cell, own) => cell.Export(onnx.Inner($"{index}"), own));
    }

    /// <summary>Goes through the cells: each reads the output of the one before, and states of its own.</summary>
    private List<T> Through<T>(IReadOnlyList<T> inputs, Func<int, RecurrentCell, IReadOnlyList<T>, IReadOnlyList<T>> apply)
    {
        T output = inputs[0];
        var states = new List<T>();
        for (int i = 0; i < Cells.Length; i++)
        {
            var cell = (RecurrentCell)Cells[i];
            IReadOnlyList<T> outputs = apply(i, cell, [output, .. inputs.Skip(1 + states.Count).Take(cell.OverSteps.StateCount)]);
            output = outputs[0];
            states.AddRange(outputs.Skip(1));
        }

        return [output, .. states];
    }
}
