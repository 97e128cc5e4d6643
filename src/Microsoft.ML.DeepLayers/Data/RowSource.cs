namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Rows of a data set, as floats, one after the other in the order of the data.</summary>
internal abstract class RowSource : IDisposable
{
    /// <summary>The row read last, laid out as the layout says. Valid until the next is read.</summary>
    internal abstract ReadOnlySpan<float> Row { get; }

    /// <summary>The number of the row read last, from 0.</summary>
    internal abstract long Number { get; }

    /// <summary>The number of the group of the row read last; 0 where rows are not grouped.</summary>
    internal abstract ulong Group { get; }

    /// <summary>Reads the next row.</summary>
    internal abstract bool MoveNext();

    public abstract void Dispose();
}
