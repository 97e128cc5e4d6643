namespace Microsoft.ML.DeepLayers.Data;

/// <summary>Examples that can be read epoch after epoch.</summary>
internal abstract class ExampleSource(ExampleLayout layout)
{
    internal ExampleLayout Layout { get; } = layout;

    /// <summary>The number of examples, where it is known without reading.</summary>
    internal abstract long? Count { get; }

    /// <summary>The number of rows that a pass leaves out because of missing values, as far as passes tell; else 0.</summary>
    internal virtual long SkippedRows => 0;

    /// <summary>Tells other examples from these, as far as a sample of them does; empty where it would have to read them.</summary>
    internal virtual string Fingerprint => "";

    /// <summary>Begins an epoch.</summary>
    /// <param name="shuffle">The source of the order; <see langword="null"/> for the order of the data.</param>
    internal abstract IBatchFiller BeginEpoch(Random? shuffle);
}

/// <summary>Rows in memory, in the order of a pass.</summary>
/// <param name="Store">Where they are.</param>
/// <param name="Order">Which of them, one after another.</param>
internal sealed record StoredRows(RowStore Store, int[] Order);

/// <summary>One pass over examples, batch after batch.</summary>
internal interface IBatchFiller : IDisposable
{
    /// <summary>Fills the batch with the next examples; <see langword="false"/> where there are no more.</summary>
    bool Fill(Batch batch);

    /// <summary>Where filling only copies from memory, what is copied.</summary>
    StoredRows? Rows => null;

    /// <summary>Whether filling only copies from memory.</summary>
    bool IsInMemory => Rows is not null;
}
