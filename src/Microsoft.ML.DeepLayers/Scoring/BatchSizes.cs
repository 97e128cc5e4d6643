using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// How many rows are scored at once. A cursor begins with a single row, because somebody may want no more of an expensive
/// source, and goes on to more and more. It depends on nothing that is measured, so that the same data gives the same scores
/// to the bit in every run.
/// </summary>
/// <param name="Largest">The most.</param>
internal readonly record struct BatchSizes(int Largest)
{
    /// <summary>
    /// A batch of so many multiplications takes milliseconds, beside which the microseconds that a run of ONNX Runtime costs
    /// in itself do not count; from there on more rows are not faster, and soon slower, since they no longer fit the cache.
    /// </summary>
    private const long EnoughMultiplications = 64 << 20;

    /// <summary>What a batch's inputs, scores and values inside the network may take.</summary>
    private const long MaxBytes = 8 << 20;

    /// <summary>More rows gain nothing even where a row costs next to nothing.</summary>
    private const int MaxRows = 2048;

    /// <summary>The most rows where it is not known what one costs.</summary>
    private const int MaxUnknownRows = 256;

    private const int Growth = 4;

    /// <summary>The size of the first batch.</summary>
    internal const int First = 1;

    /// <summary>The size that follows after a full batch.</summary>
    internal int After(int size) => (int)Math.Min(Largest, (long)size * Growth);

    internal static BatchSizes UpTo(int rows) => new(Math.Max(1, rows));

    /// <summary>The largest batch that is worth while for the rows of some data.</summary>
    /// <param name="schema">What is read and scored.</param>
    /// <param name="cost">What a row costs, if known.</param>
    internal static int Best(ScoredSchema schema, RowCost? cost) => Math.Min(
        schema.Network.MostRows, Best(schema.Scores.Sum(scores => (long)scores.ScoreSize) + schema.Network.Inputs.Sum(column => RowCost.SizeOf(column.Shape)), cost));

    /// <summary>The largest batch that is worth while.</summary>
    /// <param name="values">The values of a row's inputs and scores.</param>
    /// <param name="cost">What a row costs, if known.</param>
    internal static int Best(long values, RowCost? cost)
    {
        // A node reads one tensor and writes another one.
        long bytes = sizeof(float) * (values + (2 * (cost?.LargestValues ?? 0)));
        long rows = Math.Min(MaxBytes / bytes, cost is null ? MaxUnknownRows : EnoughMultiplications / Math.Max(1, cost.Multiplications));
        return (int)Math.Clamp(rows, 1, MaxRows);
    }
}
