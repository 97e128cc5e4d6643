namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Examples for one step, in pinned memory that is filled again and again. Each column is contiguous:
/// <c>[count, values]</c>.
/// </summary>
internal sealed class Batch
{
    internal Batch(ExampleLayout layout, int capacity)
    {
        Layout = layout;
        Capacity = capacity;
        Inputs = [.. layout.Inputs.Select(input => input.IsSequence
            ? []
            : GC.AllocateUninitializedArray<float>(checked(capacity * input.Size), pinned: true))];
        Sequences = [.. layout.Inputs.Select(input => input.IsSequence ? new SequenceBuffer(input.StepSize) : null)];
        Labels = [.. layout.Labels.Select(label => GC.AllocateUninitializedArray<float>(checked(capacity * label.Size), pinned: true))];
        Weights = layout.HasWeight ? GC.AllocateUninitializedArray<float>(capacity, pinned: true) : null;
    }

    internal ExampleLayout Layout { get; }

    internal int Capacity { get; }

    /// <summary>The number of examples that it holds at the moment.</summary>
    internal int Count { get; private set; }

    internal bool IsFull => Count == Capacity;

    /// <summary>A buffer an input column; empty for sequences.</summary>
    internal IReadOnlyList<float[]> Inputs { get; }

    /// <summary>The sequences of each input column; <see langword="null"/> for others.</summary>
    internal IReadOnlyList<SequenceBuffer?> Sequences { get; }

    /// <summary>A buffer a label.</summary>
    internal IReadOnlyList<float[]> Labels { get; }

    internal float[]? Weights { get; }

    internal void Clear()
    {
        Count = 0;
        foreach (SequenceBuffer? sequences in Sequences)
        {
            sequences?.Clear();
        }
    }

    /// <summary>Lays sequences out, once all examples have been added.</summary>
    internal void Complete()
    {
        foreach (SequenceBuffer? sequences in Sequences)
        {
            sequences?.Pad();
        }
    }

    /// <summary>Adds an example.</summary>
    internal void Add(ReadOnlySpan<float> row)
    {
        int sequence = Layout.Width;
        for (int i = 0; i < Inputs.Count; i++)
        {
            if (Sequences[i] is { } sequences)
            {
                int length = (int)row[Layout.InputOffsets[i]];
                sequences.Add(row.Slice(sequence, length));
                sequence += length;
                continue;
            }

            int size = Layout.Inputs[i].Size;
            row.Slice(Layout.InputOffsets[i], size).CopyTo(Inputs[i].AsSpan(Count * size));
        }

        for (int i = 0; i < Labels.Count; i++)
        {
            int size = Layout.Labels[i].Size;
            row.Slice(Layout.LabelOffsets[i], size).CopyTo(Labels[i].AsSpan(Count * size));
        }

        if (Weights is not null)
        {
            Weights[Count] = row[Layout.WeightOffset];
        }

        Count++;
    }
}
