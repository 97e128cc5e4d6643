using Microsoft.ML.DeepLayers.Interop;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Goes through data in batches, as scoring does.</summary>
internal sealed class ExampleBatches(IHostEnvironment environment, IDataView data, ScoredSchema schema, NetworkScorer scorer, int maxRows)
{
    internal TrainedNetwork Network => schema.Network;

    internal DataViewSchema Schema => data.Schema;

    /// <summary>Goes through all rows once.</summary>
    /// <param name="labels">Columns that are read beside the network's.</param>
    /// <param name="prepare">Gets a row before the first batch, to make readers of the labels.</param>
    /// <param name="readRow">Told, for each row, its place in the batch.</param>
    /// <param name="run">Takes a batch: its buffer and the number of rows; says how many rows the next one may have.</param>
    /// <returns>The number of rows.</returns>
    internal long ForEach(
        IEnumerable<DataViewSchema.Column> labels, Action<DataViewRow>? prepare, Action<int>? readRow, Func<ScoringBuffer, int, int> run)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(schema.InputColumns.Concat(labels).DistinctBy(column => column.Index));
        using ScoringBuffer buffer = scorer.CreateBuffer(Math.Min(maxRows, BatchSizes.Best(schema, scorer.Cost)), [.. Network.Outputs.Select(_ => true)]);
        var reader = new InputReader(cursor, schema);
        prepare?.Invoke(cursor);
        // The first batch is one row, so that whoever runs it can see what a row takes.
        (long total, int next, bool isAtEnd) = (0, 1, false);
        while (!isAtEnd)
        {
            HostEnvironments.ThrowIfCanceled(environment);
            int rows = 0;
            while (rows < next && !(isAtEnd = !cursor.MoveNext()))
            {
                reader.Read(buffer, rows, cursor.Position);
                readRow?.Invoke(rows);
                rows++;
            }

            if (rows > 0)
            {
                total += rows;
                next = Math.Clamp(run(buffer, rows), 1, buffer.Capacity);
            }
        }

        return total;
    }
}
