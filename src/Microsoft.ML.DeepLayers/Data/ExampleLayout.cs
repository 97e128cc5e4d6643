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
        InputOffsets = Place(inputs.Select(input => input.Size), ref offset);
        LabelOffsets = Place(labels.Select(label => label.Size), ref offset);
        WeightOffset = weightColumn is null ? -1 : offset;
        Width = offset + (weightColumn is null ? 0 : 1);
    }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    /// <summary>What the network's outputs are compared with, one for each.</summary>
    internal IReadOnlyList<LabelColumn> Labels { get; }

    /// <summary>The column of example weights; <see langword="null"/> where all weigh the same.</summary>
    internal string? WeightColumn { get; }

    internal IReadOnlyList<int> InputOffsets { get; }

    internal IReadOnlyList<int> LabelOffsets { get; }

    internal int WeightOffset { get; }

    /// <summary>The number of floats of one example.</summary>
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
