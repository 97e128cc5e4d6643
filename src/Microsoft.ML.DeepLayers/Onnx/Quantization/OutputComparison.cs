using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Adds up how the scores of two networks for one output differ, and what each gets right.</summary>
/// <param name="output">The output.</param>
/// <param name="size">The number of its scores for a row.</param>
internal sealed class OutputComparison(TrainedOutput output, int size)
{
    private readonly double[] labelMeans = new double[size];
    private double max;
    private double sum;
    private long rows;
    private long sameClass;
    private long labeled;
    private double labelSpread;
    private double before;
    private double after;

    /// <summary>Adds a row.</summary>
    /// <param name="scores">The float32 network's scores.</param>
    /// <param name="others">Those of the other.</param>
    /// <param name="labels">The labels; NaN where one is missing; none where there are no labels.</param>
    internal void Add(ReadOnlySpan<float> scores, ReadOnlySpan<float> others, ReadOnlySpan<float> labels)
    {
        rows++;
        for (int i = 0; i < scores.Length; i++)
        {
            double difference = Math.Abs((double)scores[i] - others[i]);
            sum += difference;
            // Unlike a comparison, it keeps a NaN.
            max = Math.Max(max, difference);
        }

        bool hasLabels = !labels.IsEmpty && !HasMissing(labels);
        if (output.Task == PredictionTask.Regression)
        {
            if (hasLabels)
            {
                AddErrors(scores, others, labels);
            }

            return;
        }

        (int mine, int theirs) = (ClassOf(scores), ClassOf(others));
        sameClass += mine == theirs ? 1 : 0;
        if (hasLabels)
        {
            labeled++;
            before += mine == (int)labels[0] ? 1 : 0;
            after += theirs == (int)labels[0] ? 1 : 0;
        }
    }

    internal OnnxOutputComparison Result()
    {
        bool isClassifier = output.Task != PredictionTask.Regression;
        bool hasQuality = labeled > 0 && (isClassifier || labelSpread > 0);
        return new OnnxOutputComparison(
            output.ScoreName, output.Task, rows, max, sum / Math.Max(1, rows * size), isClassifier ? sameClass / (double)Math.Max(1, rows) : null, labeled,
            hasQuality ? Quality(before) : null, hasQuality ? Quality(after) : null);

        double Quality(double figure) => isClassifier ? figure / labeled : 1 - (figure / labelSpread);
    }

    private static bool HasMissing(ReadOnlySpan<float> labels)
    {
        foreach (float label in labels)
        {
            if (float.IsNaN(label))
            {
                return true;
            }
        }

        return false;
    }

    private static int ClassOf(ReadOnlySpan<float> scores)
    {
        if (scores.Length == 1)
        {
            return scores[0] > 0 ? 1 : 0;
        }

        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }

    /// <summary>Squared errors, and the labels' squared distances from their means (Welford 1962).</summary>
    private void AddErrors(ReadOnlySpan<float> scores, ReadOnlySpan<float> others, ReadOnlySpan<float> labels)
    {
        labeled++;
        for (int i = 0; i < labels.Length; i++)
        {
            (double mine, double theirs) = ((double)scores[i] - labels[i], (double)others[i] - labels[i]);
            before += mine * mine;
            after += theirs * theirs;
            double distance = labels[i] - labelMeans[i];
            labelMeans[i] += distance / labeled;
            labelSpread += distance * (labels[i] - labelMeans[i]);
        }
    }
}
