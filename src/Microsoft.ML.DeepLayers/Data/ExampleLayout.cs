namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Where the columns of one example stand in a row of floats: the features in order, the labels, the weight.</summary>
internal sealed class ExampleLayout
{
    internal ExampleLayout(IReadOnlyList<InputColumn> inputs, LabelColumn label, string? weightColumn)
        : this(inputs, [label], weightColumn)
    {
    }

    internal ExampleLayout(IReadOnlyList<InputColumn> inputs, IReadOnlyList<LabelColumn> labels, string? weightColumn)
    {
        Inputs = inputs;
        Labels = labels;
        WeightColumn = weightColumn;
        int offset = 0;
        InputOffsets = Place(inputs.Select(input => input.IsSequence ? 1 : input.Size), ref offset);
        LabelOffsets = Place(labels.Select(label => label.Size), ref offset);
        WeightOffset = weightColumn is null ? -1 : offset;
        Width = offset + (weightColumn is null ? 0 : 1);
    }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>What the network's outputs are compared with, one for each.</summary>
    internal IReadOnlyList<LabelColumn> Labels { get; }

    /// <summary>The column of example weights; <see langword="null"/> where all weigh the same.</summary>
    internal string? WeightColumn { get; }

    /// <summary>Where each input's values are; of a sequence, their number, and the values come behind all else.</summary>
    internal IReadOnlyList<int> InputOffsets { get; }

    /// <summary>Whether rows have sequences behind them, and therefore different lengths.</summary>
    internal bool HasSequences => Inputs.Any(input => input.IsSequence);

    internal IReadOnlyList<int> LabelOffsets { get; }

    internal int WeightOffset { get; }

    /// <summary>The number of floats of one example, without its sequences.</summary>
    internal int Width { get; }

    internal bool HasWeight => WeightOffset >= 0;

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
