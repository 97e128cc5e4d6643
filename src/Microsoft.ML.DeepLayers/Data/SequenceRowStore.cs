namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Rows of different lengths, behind one another in blocks.</summary>
internal sealed class SequenceRowStore : RowStore
{
    private readonly List<Place> places = [];
    private float[] block = [];
    private int used;

    internal override Span<float> this[int row] => places[row].Block.AsSpan(places[row].Offset, places[row].Length);

    internal override void Add(ReadOnlySpan<float> row)
    {
        if (used + row.Length > block.Length)
        {
            // Blocks grow with the data, so that few rows take little.
            block = new float[Math.Max(row.Length, Math.Clamp(2 * block.Length, 1024, BlockFloats))];
            used = 0;
        }

        row.CopyTo(block.AsSpan(used));
        places.Add(new Place(block, used, row.Length, row.Length));
        used += row.Length;
        Count++;
        Bytes += row.Length * sizeof(float);
    }

    internal override void Set(int index, ReadOnlySpan<float> row)
    {
        Place place = places[index];
        if (row.Length > place.Room)
        {
            Bytes += (row.Length - place.Room) * sizeof(float);
            place = new Place(new float[row.Length], 0, 0, row.Length);
        }

        places[index] = place with { Length = row.Length };
        row.CopyTo(this[index]);
    }

    internal override void RemoveLast()
    {
        Bytes -= places[^1].Room * sizeof(float);
        places.RemoveAt(--Count);
    }

    internal override void Clear()
    {
        places.Clear();
        (used, Count, Bytes) = (0, 0, 0);
    }

    /// <summary>Where a row is.</summary>
    private readonly record struct Place(float[] Block, int Offset, int Length, int Room);
}
