using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Where the columns of one example stand in a row of floats: the features, the labels, the weight. Features that are bytes
/// come first, four in the place of a float, so that four times as many images fit the same memory.
/// </summary>
internal sealed class ExampleLayout
{
    private readonly bool[] isPacked;

    internal ExampleLayout(IReadOnlyList<InputColumn> inputs, LabelColumn label, string? weightColumn)
        : this(inputs, [label], weightColumn)
    {
    }

    internal ExampleLayout(IReadOnlyList<InputColumn> inputs, IReadOnlyList<LabelColumn> labels, string? weightColumn)
        : this(inputs, labels, weightColumn, new bool[inputs.Count])
    {
    }

    private ExampleLayout(IReadOnlyList<InputColumn> inputs, IReadOnlyList<LabelColumn> labels, string? weightColumn, bool[] isPacked)
    {
        this.isPacked = isPacked;
        Inputs = inputs;
        Labels = labels;
        WeightColumn = weightColumn;
        HasSequences = inputs.Any(input => input.IsSequence);
        int offset = 0;
        int[] inputOffsets = new int[inputs.Count];
        PlaceInputs(packed: true, inputOffsets, ref offset);
        PackedWidth = offset;
        PlaceInputs(packed: false, inputOffsets, ref offset);
        InputOffsets = inputOffsets;
        LabelOffsets = Place(labels.Select(label => label.Size), ref offset);
        WeightOffset = weightColumn is null ? -1 : offset;
        Width = offset + (weightColumn is null ? 0 : 1);
        ValueCount = Width - PackedWidth + Enumerable.Range(0, inputs.Count).Where(IsPacked).Sum(input => inputs[input].Size);
    }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>What the network's outputs are compared with, one for each.</summary>
    internal IReadOnlyList<LabelColumn> Labels { get; }

    /// <summary>The column of example weights; <see langword="null"/> where all weigh the same.</summary>
    internal string? WeightColumn { get; }

    /// <summary>Where each input's values are; of a sequence, their number, and the values come behind all else.</summary>
    internal IReadOnlyList<int> InputOffsets { get; }

    /// <summary>Whether rows have sequences behind them, and therefore different lengths.</summary>
    internal bool HasSequences { get; }

    internal IReadOnlyList<int> LabelOffsets { get; }

    internal int WeightOffset { get; }

    /// <summary>The number of floats that one example takes in memory, without its sequences.</summary>
    internal int Width { get; }

    /// <summary>How many of them, the first ones, hold bytes.</summary>
    internal int PackedWidth { get; }

    /// <summary>The number of values of one example, without its sequences: the floats that it is in a batch.</summary>
    internal int ValueCount { get; }

    internal bool HasWeight => WeightOffset >= 0;

    /// <summary>Whether the values of an input are kept as bytes.</summary>
    internal bool IsPacked(int input) => isPacked[input];

    /// <summary>The layout that keeps as bytes what is of type Byte in all of these schemas.</summary>
    internal ExampleLayout Pack(params IEnumerable<DataViewSchema> schemas) =>
        new(Inputs, Labels, WeightColumn, [.. Inputs.Select(input => CanPack(input) && schemas.All(schema => IsBytes(schema[input.Name].Type)))]);

    /// <summary>Indices into an embedding are checked row by row, as floats.</summary>
    private static bool CanPack(InputColumn input) => !input.IsSequence && input.IndexLimit == 0 && input.KeyCount == 0;

    private static bool IsBytes(DataViewType type) => type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType == NumberDataViewType.Byte;

    private void PlaceInputs(bool packed, int[] offsets, ref int offset)
    {
        for (int i = 0; i < offsets.Length; i++)
        {
            if (isPacked[i] == packed)
            {
                offsets[i] = offset;
                int size = Inputs[i].IsSequence ? 1 : Inputs[i].Size;
                offset = checked(offset + (packed ? (int)(((long)size + sizeof(float) - 1) / sizeof(float)) : size));
            }
        }
    }

    private static int[] Place(IEnumerable<int> sizes, ref int offset)
    {
        var offsets = new List<int>();
        foreach (int size in sizes)
        {
            offsets.Add(offset);
            offset = checked(offset + size);
        }

        return [.. offsets];
    }
}
