using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Scores data by two forms of a network, and says how the scores differ.</summary>
internal static class ScoreComparison
{
    /// <param name="before">The float32 network, for which the batches are.</param>
    /// <param name="after">The same network in another form.</param>
    /// <param name="batches">The data.</param>
    internal static IReadOnlyList<OnnxOutputComparison> Compare(NetworkScorer before, NetworkScorer after, ExampleBatches batches)
    {
        IReadOnlyList<TrainedOutput> outputs = batches.Network.Outputs;
        int[] sizes = [.. outputs.Select(output => ScoreColumns.Create(output).ScoreSize)];
        OutputComparison[] comparisons = [.. outputs.Select((output, i) => new OutputComparison(output, sizes[i]))];
        LabelColumn?[] columns = [.. outputs.Select(output => LabelReading.Find(output, batches.Schema))];
        var readers = new ColumnReader?[outputs.Count];
        var labels = new Dictionary<(int Output, int Row), float[]>();
        batches.ForEach(
            columns.OfType<LabelColumn>().Select(column => batches.Schema[column.Name]),
            row => readers = [.. columns.Select(column => column is null ? null : ColumnReader.Create(row, batches.Schema[column.Name]))],
            row => ReadLabels(row),
            (buffer, rows) => Run(buffer, rows));
        return [.. comparisons.Select(comparison => comparison.Result())];

        void ReadLabels(int row)
        {
            for (int i = 0; i < outputs.Count; i++)
            {
                if (columns[i] is { } column)
                {
                    if (!labels.TryGetValue((i, row), out float[]? values))
                    {
                        labels[(i, row)] = values = new float[column.Size];
                    }

                    readers[i]!.Read(values);
                    for (int k = 0; k < values.Length; k++)
                    {
                        values[k] = column.Target(values[k]);
                    }
                }
            }
        }

        int Run(ScoringBuffer buffer, int rows)
        {
            before.Run(buffer, rows);
            // Both write to the same place.
            float[][] scores = [.. sizes.Select((_, output) => buffer.ScoreRoom(output, rows).ToArray())];
            after.Run(buffer, rows);
            for (int output = 0; output < sizes.Length; output++)
            {
                for (int row = 0; row < rows; row++)
                {
                    comparisons[output].Add(
                        scores[output].AsSpan(row * sizes[output], sizes[output]), buffer.Scores(output, row),
                        columns[output] is null ? default : labels[(output, row)]);
                }
            }

            return buffer.Capacity;
        }
    }
}
