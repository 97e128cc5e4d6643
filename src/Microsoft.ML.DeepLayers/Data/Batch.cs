using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>
/// Examples for one step, in pinned memory that is filled again and again. Each column is contiguous:
/// <c>[count, values]</c>.
/// </summary>
internal sealed class Batch
{
    private readonly Part[] parts;

    internal Batch(ExampleLayout layout, int capacity)
    {
        Layout = layout;
        Capacity = capacity;
        Inputs = [.. layout.Inputs.Select(input => new AlignedBuffer(input.IsSequence ? 0 : checked(capacity * input.Size)))];
        Sequences = [.. layout.Inputs.Select(input => input.IsSequence ? new SequenceBuffer(input.StepSize) : null)];
        Labels = [.. layout.Labels.Select(label => new AlignedBuffer(checked(capacity * label.Size)))];
        Weights = layout.HasWeight ? new AlignedBuffer(capacity) : null;
        parts =
        [
            .. Enumerable.Range(0, Inputs.Count).Where(i => !layout.Inputs[i].IsSequence).Select(i => new Part(Inputs[i], layout.InputOffsets[i], layout.Inputs[i].Size, layout.IsPacked(i))),
            .. Labels.Select((buffer, i) => new Part(buffer, layout.LabelOffsets[i], layout.Labels[i].Size)),
            .. Weights is null ? Array.Empty<Part>() : [new Part(Weights, layout.WeightOffset, 1)],
        ];
    }

    internal ExampleLayout Layout { get; }

    internal int Capacity { get; }

    /// <summary>The number of examples that it holds at the moment.</summary>
    internal int Count { get; private set; }

    internal bool IsFull => Count == Capacity;

    /// <summary>A buffer an input column; empty for sequences.</summary>
    internal IReadOnlyList<AlignedBuffer> Inputs { get; }

    /// <summary>The sequences of each input column; <see langword="null"/> for others.</summary>
    internal IReadOnlyList<SequenceBuffer?> Sequences { get; }

    /// <summary>A buffer a label.</summary>
    internal IReadOnlyList<AlignedBuffer> Labels { get; }

    internal AlignedBuffer? Weights { get; }

    internal void Clear()
    {
        Count = 0;
        for (int i = 0; i < Sequences.Count; i++)
        {
            Sequences[i]?.Clear();
        }
    }

    /// <summary>Lays sequences out, once all examples have been added.</summary>
    internal void Complete()
    {
        for (int i = 0; i < Sequences.Count; i++)
        {
            Sequences[i]?.Pad();
        }
    }

    /// <summary>Adds an example.</summary>
    internal void Add(ReadOnlySpan<float> row)
    {
        if (Layout.HasSequences)
        {
            AddSequences(row);
        }

        foreach (ref readonly Part part in parts.AsSpan())
        {
            if (part.IsPacked)
            {
                ByteValues.Widen(MemoryMarshal.AsBytes(row[part.Offset..])[..part.Size], part.Memory.AsSpan(part.Start + (Count * part.Size), part.Size));
            }
            else if (part.Size == 1)
            {
                part.Memory[part.Start + Count] = row[part.Offset];
            }
            else
            {
                row.Slice(part.Offset, part.Size).CopyTo(part.Memory.AsSpan(part.Start + (Count * part.Size), part.Size));
            }
        }

        Count++;
    }

    private void AddSequences(ReadOnlySpan<float> row)
    {
        int sequence = Layout.Width;
        for (int i = 0; i < Sequences.Count; i++)
        {
            if (Sequences[i] is { } sequences)
            {
                int length = (int)row[Layout.InputOffsets[i]];
                sequences.Add(row.Slice(sequence, length));
                sequence += length;
            }
        }
    }

    /// <summary>Where a column of a row goes.</summary>
    private readonly struct Part(AlignedBuffer buffer, int offset, int size, bool isPacked = false)
    {
        internal readonly float[] Memory = buffer.Memory;
        internal readonly int Start = buffer.Start;
        internal readonly int Offset = offset;
        internal readonly int Size = size;
        internal readonly bool IsPacked = isPacked;
    }
}
