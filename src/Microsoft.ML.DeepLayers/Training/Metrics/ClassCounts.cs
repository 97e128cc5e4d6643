using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>Counts for each class, or each value of a vector label: true positives, predicted positives, actual positives.</summary>
internal static class ClassCounts
{
    /// <summary>How many numbers there are for a class.</summary>
    internal const int Size = 3;

    /// <summary>Counts a batch: <c>[3 · classes]</c>, all true positives first.</summary>
    /// <param name="predicted">Booleans, <c>[batch]</c> or <c>[batch, classes]</c>.</param>
    /// <param name="actual">Booleans of the same shape.</param>
    internal static Tensor Count(Tensor predicted, Tensor actual) =>
        stack([predicted.logical_and(actual).sum(0L), predicted.sum(0L), actual.sum(0L)]).reshape(-1);

    /// <summary>The counts of a class.</summary>
    internal static (double TruePositives, double Predicted, double Actual) Read(ReadOnlySpan<double> state, int index)
    {
        int classes = state.Length / Size;
        return (state[index], state[classes + index], state[(2 * classes) + index]);
    }

    /// <summary>
    /// True where a class has the highest score of its example; all that share the highest are. What is practically 0 is
    /// not, as in Keras.
    /// </summary>
    internal static Tensor Highest(Tensor output) => output.ge(output.amax([-1], keepdim: true)).logical_and(output.abs().Greater(1e-9));

    /// <summary>F = (1 + β²) · precision · recall / (β² · precision + recall) of each class, averaged.</summary>
    internal static double FScore(ReadOnlySpan<double> state, double beta, FScoreAverage average)
    {
        int classes = state.Length / Size;
        double square = beta * beta, sum = 0, weights = 0;
        (double TruePositives, double Predicted, double Actual) all = default;
        for (int i = 0; i < classes; i++)
        {
            (double truePositives, double predicted, double actual) = Read(state, i);
            double weight = average == FScoreAverage.Weighted ? actual : 1;
            sum += weight * Score(truePositives, predicted, actual);
            weights += weight;
            all = (all.TruePositives + truePositives, all.Predicted + predicted, all.Actual + actual);
        }

        return average == FScoreAverage.Micro ? Score(all.TruePositives, all.Predicted, all.Actual) : MetricChecks.Divide(sum, weights);

        // The same fraction without precision and recall, each of which may be 0/0.
        double Score(double truePositives, double predicted, double actual) =>
            MetricChecks.Divide((1 + square) * truePositives, (square * actual) + predicted);
    }

    /// <summary>True positives / (predicted + actual - true positives), averaged over those classes that occur.</summary>
    /// <param name="counts">The counts of the classes.</param>
    internal static double MeanIoU(IEnumerable<(double TruePositives, double Predicted, double Actual)> counts)
    {
        double sum = 0;
        int present = 0;
        foreach ((double truePositives, double predicted, double actual) in counts)
        {
            double union = predicted + actual - truePositives;
            if (union > 0)
            {
                sum += truePositives / union;
                present++;
            }
        }

        return MetricChecks.Divide(sum, present);
    }
}
