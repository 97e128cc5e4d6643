using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Data;

/// <summary>The rows of one cursor, read into one buffer.</summary>
internal sealed class CursorRows : RowSource
{
    private readonly DataViewRowCursor cursor;
    private readonly int width;
    private readonly Part[] parts;
    private readonly Part[] packed;
    private readonly Part[] sequences;
    private readonly (LabelColumn Column, int Offset)[] labels;
    private readonly GroupReader? group;
    private float[] row;
    private int length;

    /// <param name="cursor">The cursor, which will be disposed with this.</param>
    /// <param name="layout">The columns.</param>
    /// <param name="groupColumn">The column that groups the rows, if any.</param>
    internal CursorRows(DataViewRowCursor cursor, ExampleLayout layout, string? groupColumn)
    {
        this.cursor = cursor;
        width = layout.Width;
        length = width;
        row = new float[width];
        Part Of(string column, int offset, int size) => new(ColumnReader.Create(cursor, cursor.Schema[column]), offset, size);

        Part[] inputs = [.. layout.Inputs.Select((input, i) => Of(input.Name, layout.InputOffsets[i], input.IsSequence ? 0 : input.Size))];
        sequences = [.. inputs.Where((_, i) => layout.Inputs[i].IsSequence)];
        packed = [.. inputs.Where((_, i) => layout.IsPacked(i))];
        parts =
        [
            .. inputs.Where((_, i) => !layout.Inputs[i].IsSequence && !layout.IsPacked(i)),
            .. layout.Labels.Select((label, i) => Of(label.Name, layout.LabelOffsets[i], label.Size)),
            .. layout.WeightColumn is { } weight ? [Of(weight, layout.WeightOffset, 1)] : Array.Empty<Part>(),
        ];
        labels = [.. layout.Labels.Select((label, i) => (label, layout.LabelOffsets[i])).Where(label => label.label.IsKey || label.label.Encoding == LabelEncoding.Boolean)];
        group = groupColumn is null ? null : GroupReader.Create(cursor, cursor.Schema[groupColumn]);
    }

    internal override ReadOnlySpan<float> Row => row.AsSpan(0, length);

    internal override long Number => cursor.Position;

    internal override ulong Group => group?.Read() ?? 0;

    /// <summary>The batch of ML.NET that the row belongs to: where several cursors share a view's rows, it tells the order.</summary>
    internal long Batch => cursor.Batch;

    internal override bool MoveNext()
    {
        if (!cursor.MoveNext())
        {
            return false;
        }

        Read();
        return true;
    }

    /// <summary>Moves on without reading; <see cref="Read"/> must follow.</summary>
    internal bool MoveWithoutReading() => cursor.MoveNext();

    /// <summary>Reads the row that the cursor stands on.</summary>
    internal void Read()
    {
        foreach (ref readonly Part part in parts.AsSpan())
        {
            part.Reader.Read(row.AsSpan(part.Offset, part.Size));
        }

        foreach (ref readonly Part part in packed.AsSpan())
        {
            part.Reader.ReadBytes(MemoryMarshal.AsBytes(row.AsSpan(part.Offset))[..part.Size]);
        }

        foreach ((LabelColumn column, int offset) in labels)
        {
            foreach (ref float value in row.AsSpan(offset, column.Size))
            {
                value = column.Target(value);
            }
        }

        if (sequences.Length > 0)
        {
            AppendSequences();
        }
    }

    public override void Dispose() => cursor.Dispose();

    private void AppendSequences()
    {
        length = width;
        foreach (ref readonly Part part in sequences.AsSpan())
        {
            ReadOnlySpan<float> values = part.Reader.ReadSequence();
            int start = length;
            length = checked(start + values.Length);
            if (length > row.Length)
            {
                Array.Resize(ref row, Math.Max(length, 2 * row.Length));
            }

            row[part.Offset] = values.Length;
            values.CopyTo(row.AsSpan(start));
        }
    }

    /// <summary>A column and its place in a row.</summary>
    private readonly struct Part(ColumnReader reader, int offset, int size)
    {
        internal readonly ColumnReader Reader = reader;
        internal readonly int Offset = offset;
        internal readonly int Size = size;
    }
}
