namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Where the columns of one example stand in a row of floats: the features in order, the label, the weight.</summary>
internal sealed class ExampleLayout
{
    internal ExampleLayout(IReadOnlyList<InputColumn> inputs, LabelColumn label, string? weightColumn)
    {
        Inputs = inputs;
        Label = label;
        WeightColumn = weightColumn;
        int[] offsets = new int[inputs.Count];
        int offset = 0;
        for (int i = 0; i < inputs.Count; i++)
        {
            offsets[i] = offset;
            offset = checked(offset + inputs[i].Size);
        }

        InputOffsets = offsets;
        LabelOffset = offset;
        WeightOffset = weightColumn is null ? -1 : offset + 1;
        Width = offset + (weightColumn is null ? 1 : 2);
    }

    internal IReadOnlyList<InputColumn> Inputs { get; }

    internal LabelColumn Label { get; }

    /// <summary>The column of example weights; <see langword="null"/> where all weigh the same.</summary>
    internal string? WeightColumn { get; }

    internal IReadOnlyList<int> InputOffsets { get; }

    internal int LabelOffset { get; }

    internal int WeightOffset { get; }

    /// <summary>The number of floats of one example.</summary>
    internal int Width { get; }

    internal bool HasWeight => WeightOffset >= 0;
}
