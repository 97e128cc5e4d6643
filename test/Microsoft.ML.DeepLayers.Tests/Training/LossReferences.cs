using Microsoft.ML.DeepLayers.Losses;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Losses over whole batches or sequences by their definitions, written as loops.</summary>
internal static class LossReferences
{
    /// <summary>Goes through all pairs, and all other classes' examples for each.</summary>
    internal static double[] SemiHard(double[][] x, double[] classes, EmbeddingDistance distance, double margin)
    {
        double[] sums = new double[x.Length];
        int pairs = 0;
        for (int anchor = 0; anchor < x.Length; anchor++)
        {
            double[] negatives = [.. Others(x, classes, anchor).Select(other => Distance(x[anchor], x[other], distance))];
            foreach (int positive in Same(classes, anchor).Where(_ => negatives.Length > 0))
            {
                double near = Distance(x[anchor], x[positive], distance);
                double[] beyond = [.. negatives.Where(far => far > near)];
                sums[anchor] += Math.Max(0, near - (beyond.Length > 0 ? beyond.Min() : negatives.Max()) + margin);
                pairs++;
            }
        }

        return [.. sums.Select(sum => sum * x.Length / Math.Max(1, pairs))];
    }

    internal static double[] Hard(double[][] x, double[] classes, EmbeddingDistance distance, Func<double, double> loss)
    {
        int[] anchors = [.. Enumerable.Range(0, x.Length).Where(anchor => Same(classes, anchor).Any() && Others(x, classes, anchor).Any())];
        return [.. Enumerable.Range(0, x.Length).Select(anchor => anchors.Contains(anchor)
            ? loss(Same(classes, anchor).Max(other => Distance(x[anchor], x[other], distance)) - Others(x, classes, anchor).Min(other => Distance(x[anchor], x[other], distance)))
                * x.Length / anchors.Length
            : 0)];
    }

    internal static double[] Circle(double[][] x, double[] classes, double gamma, double margin, bool removeDiagonal)
    {
        double[] losses = [.. Enumerable.Range(0, x.Length).Select(anchor =>
        {
            double Apart(int other) => Math.Max(0, 1 - x[anchor].Zip(x[other], (one, two) => one * two).Sum());
            int[] same = removeDiagonal ? [.. Same(classes, anchor)] : [.. Same(classes, anchor), anchor];
            double pull = same.Sum(other => Math.Exp(gamma * (Apart(other) + margin) * (Apart(other) - margin)));
            double push = Others(x, classes, anchor).Sum(other => Math.Exp(gamma * Math.Max(0, 1 + margin - Apart(other)) * (1 - margin - Apart(other))));
            return Math.Log(1 + (pull * push));
        })];
        return [.. losses.Select(loss => loss * x.Length / Math.Max(1, losses.Count(one => one > 0)))];
    }

    /// <summary>Adds up the probabilities of every way to go through the steps that spells the label.</summary>
    internal static double Ctc(double[] logits, int steps, int[] label)
    {
        int classes = logits.Length / steps;
        double total = 0;
        for (int way = 0; way < (int)Math.Pow(classes, steps); way++)
        {
            int[] path = [.. Enumerable.Range(0, steps).Select(step => way / (int)Math.Pow(classes, step) % classes)];
            int[] spelled = [.. path.Where((letter, step) => letter != 0 && (step == 0 || path[step - 1] != letter))];
            if (spelled.SequenceEqual(label))
            {
                total += path.Select((letter, step) =>
                {
                    double[] scores = logits[(step * classes)..((step + 1) * classes)];
                    return Math.Exp(scores[letter]) / scores.Sum(Math.Exp);
                }).Aggregate(1.0, (product, factor) => product * factor);
            }
        }

        return -Math.Log(total);
    }

    private static IEnumerable<int> Same(double[] classes, int anchor) =>
        Enumerable.Range(0, classes.Length).Where(other => other != anchor && classes[other] == classes[anchor]);

    private static IEnumerable<int> Others(double[][] x, double[] classes, int anchor) =>
        Enumerable.Range(0, x.Length).Where(other => classes[other] != classes[anchor]);

    private static double Distance(double[] one, double[] other, EmbeddingDistance distance)
    {
        double squares = one.Zip(other, (a, b) => (a - b) * (a - b)).Sum();
        double Length(double[] vector) => Math.Sqrt(vector.Sum(value => value * value));
        return distance switch
        {
            EmbeddingDistance.L2 => Math.Sqrt(squares),
            EmbeddingDistance.SquaredL2 => squares,
            _ => 1 - (one.Zip(other, (a, b) => a * b).Sum() / (Length(one) * Length(other))),
        };
    }
}
