namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>
/// Training written out in plain C# and double precision for the simplest network, one linear unit and the squared error:
/// what the training loop must come to.
/// </summary>
internal static class LinearModel
{
    /// <summary>
    /// The weights (the bias last) after each step, and of each epoch the mean loss as it was when each step was taken.
    /// </summary>
    internal static (double[] Weights, double[] Losses) Train(
        Rows rows, double[] start, Optimizer optimizer, int batchSize, IReadOnlyList<int[]> orders, params int[][] shapes)
    {
        // The optimizer's rule keeps its memory over all steps: so all gradients are replayed for each new step.
        var gradients = new List<double[]>();
        double[] weights = start;
        var losses = new List<double>();
        foreach (int[] order in orders)
        {
            double sum = 0;
            foreach (int[] batch in order.Chunk(batchSize))
            {
                double[] gradient = new double[weights.Length];
                foreach (int row in batch)
                {
                    double error = Predict(weights, rows.Features[row]) - rows.Labels[row];
                    double weight = rows.Weights?[row] ?? 1;
                    sum += weight * error * error;
                    for (int i = 0; i < weights.Length; i++)
                    {
                        gradient[i] += weight * 2 * error * (i < weights.Length - 1 ? rows.Features[row][i] : 1) / batch.Length;
                    }
                }

                gradients.Add(gradient);
                weights = OptimizerRules.Run(optimizer, start, [.. gradients], shapes)[^1];
            }

            losses.Add(sum / order.Length);
        }

        return (weights, [.. losses]);
    }

    internal static double Predict(double[] weights, float[] features) =>
        features.Select((feature, i) => weights[i] * feature).Sum() + weights[^1];
}
