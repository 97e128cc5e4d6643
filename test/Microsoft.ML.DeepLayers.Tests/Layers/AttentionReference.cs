namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Attention in plain C#, written from the formulas of the papers, for one example. Sequences are arrays of steps.</summary>
internal static class AttentionReference
{
    /// <summary>softmax(scores) over the source steps that count; where none does, all alike.</summary>
    public static double[][] Weights(int targets, int sources, Func<int, int, double> score, Func<int, int, bool> counts)
    {
        var weights = new double[targets][];
        for (int t = 0; t < targets; t++)
        {
            double[] exponentials = [.. Enumerable.Range(0, sources).Select(s => counts(t, s) ? Math.Exp(score(t, s)) : 0)];
            double sum = exponentials.Sum();
            weights[t] = sum == 0 ? [.. exponentials.Select(_ => 1.0 / sources)] : [.. exponentials.Select(value => value / sum)];
        }

        return weights;
    }

    /// <summary>For each target step the mean of the values.</summary>
    public static double[][] Mean(double[][] weights, double[][] values) =>
        [.. weights.Select(row => Enumerable.Range(0, values[0].Length).Select(i => row.Select((weight, s) => weight * values[s][i]).Sum()).ToArray())];

    /// <summary>
    /// Vaswani et al. 2017, section 3.2: head h is softmax(Q Kᵀ / sqrt(size)) V over its own projections, and the heads
    /// side by side are projected. Query head h uses key head <paramref name="keyHead"/>(h).
    /// </summary>
    public static (double[][] Output, double[][][] Weights) MultiHead(
        double[][] query, double[][] value, double[][] key, Func<string, Values> weight, int heads, Func<int, int> keyHead, Func<int, int, bool> counts)
    {
        Values outputKernel = weight("attention_output/kernel");
        int valueSize = (int)outputKernel.Dimensions[1];
        int features = (int)outputKernel.Dimensions[2];
        double[][] output = [.. query.Select(_ => (double[])weight("attention_output/bias").Data.Clone())];
        var weights = new double[heads][][];
        for (int head = 0; head < heads; head++)
        {
            double[][] q = Project(query, weight("query/kernel"), weight("query/bias"), head);
            double[][] k = Project(key, weight("key/kernel"), weight("key/bias"), keyHead(head));
            double[][] v = Project(value, weight("value/kernel"), weight("value/bias"), keyHead(head));
            weights[head] = Weights(query.Length, value.Length, (t, s) => Dot(q[t], k[s]) / Math.Sqrt(q[t].Length), counts);
            double[][] found = Mean(weights[head], v);
            for (int t = 0; t < query.Length; t++)
            {
                for (int i = 0; i < valueSize; i++)
                {
                    for (int f = 0; f < features; f++)
                    {
                        output[t][f] += found[t][i] * outputKernel.Data[(((head * valueSize) + i) * features) + f];
                    }
                }
            }
        }

        return (output, weights);
    }

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>One head's projection of a sequence; the kernel is [features, heads, size].</summary>
    private static double[][] Project(double[][] sequence, Values kernel, Values bias, int head)
    {
        (int heads, int size) = ((int)kernel.Dimensions[1], (int)kernel.Dimensions[2]);
        return [.. sequence.Select(step => Enumerable.Range(0, size)
            .Select(i => bias.Data[(head * size) + i] + step.Select((x, f) => x * kernel.Data[(((f * heads) + head) * size) + i]).Sum()).ToArray())];
    }
}
