using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How the loss goes while the learning rate rises from step to step
/// (<see cref="NeuralNetworkTrainer.FindLearningRate"/>): it stays, falls, and shoots up. A good rate lies where it falls.
/// </summary>
public sealed class LearningRateCurve
{
    private const int DrawnRows = 25;
    private const int DrawnColumns = 40;

    internal LearningRateCurve(IReadOnlyList<LearningRatePoint> points, bool diverged)
    {
        Points = points;
        Diverged = diverged;
        int start = Longest(points, out int length);
        int? steepest = Steepest(points);
        Suggestion = steepest is { } index ? (float)points[index].LearningRate : null;
        Valley = steepest is null || length < 2 ? null : (float)points[start + (length / 2)].LearningRate;
    }

    /// <summary>Learning rate and loss of each step, up to where the loss diverged.</summary>
    public IReadOnlyList<LearningRatePoint> Points { get; }

    /// <summary>Whether the loss shot up, so that the highest rates were not tried any more.</summary>
    public bool Diverged { get; }

    /// <summary>
    /// Where the smoothed loss falls steepest over the logarithm of the rate (Smith 2017): for training at a constant rate.
    /// <see langword="null"/> where it does not fall at all: no rate of the range does anything, or each is too high.
    /// </summary>
    public float? Suggestion { get; }

    /// <summary>
    /// The middle of the longest fall of the smoothed loss, more careful than <see cref="Suggestion"/> as a rule.
    /// <see langword="null"/> where the loss does not fall.
    /// </summary>
    public float? Valley { get; }

    /// <summary>A drawing: a line for each of at most 25 rates, with its smoothed loss and a bar for it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Learning rate {Say(Suggestion)} (steepest fall), {Say(Valley)} (longest fall)\n");
        int stride = Math.Max(1, (Points.Count + DrawnRows - 1) / DrawnRows);
        LearningRatePoint[] drawn = [.. Points.Where((point, i) => i % stride == 0 && double.IsFinite(point.SmoothedLoss))];
        double least = drawn.Select(point => point.SmoothedLoss).DefaultIfEmpty().Min();
        // What shoots up at the end would make all else look flat: bars end at the loss of the beginning, or a little above.
        double most = drawn.Select(point => point.SmoothedLoss).Take(Math.Max(1, drawn.Length / 2)).DefaultIfEmpty().Max();
        foreach (LearningRatePoint point in drawn)
        {
            double part = most > least ? Math.Clamp((point.SmoothedLoss - least) / (most - least), 0, 1) : 1;
            text.Append(CultureInfo.InvariantCulture, $"{point.LearningRate,10:0.00E+0} {point.SmoothedLoss,12:G6} {new string('*', 1 + (int)(part * (DrawnColumns - 1)))}\n");
        }

        return text.Append(Diverged ? "The loss diverged." : "The loss did not diverge.").ToString();
    }

    private static string Say(float? rate) => rate?.ToString("G3", CultureInfo.InvariantCulture) ?? "none";

    /// <summary>The point of the steepest descent, measured over a tenth of the curve, so that a single batch does not decide.</summary>
    private static int? Steepest(IReadOnlyList<LearningRatePoint> points)
    {
        int reach = Math.Max(1, points.Count / 20);
        (int? best, double slope) = (null, 0);
        for (int i = reach; i < points.Count - reach; i++)
        {
            (LearningRatePoint before, LearningRatePoint after) = (points[i - reach], points[i + reach]);
            double here = (after.SmoothedLoss - before.SmoothedLoss) / Math.Log(after.LearningRate / before.LearningRate);
            if (here < slope)
            {
                (best, slope) = (i, here);
            }
        }

        return best;
    }

    /// <summary>Where the longest stretch begins in which the loss reaches new lows, and how many points it has.</summary>
    private static int Longest(IReadOnlyList<LearningRatePoint> points, out int length)
    {
        // A short rise does not end a stretch: it ends where none of a tenth of the curve is a new low.
        int patience = Math.Max(1, points.Count / 10);
        (int bestStart, int bestEnd, int start, int low) = (0, 0, 0, 0);
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].SmoothedLoss < points[low].SmoothedLoss)
            {
                low = i;
                if (low - start > bestEnd - bestStart)
                {
                    (bestStart, bestEnd) = (start, low);
                }
            }
            else if (i - low >= patience)
            {
                (start, low) = (i, i);
            }
        }

        length = bestEnd - bestStart + 1;
        return bestStart;
    }
}

/// <summary>One step of a <see cref="LearningRateCurve"/>.</summary>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="Loss">The loss of its batch before the step.</param>
/// <param name="SmoothedLoss">The exponential moving average of the losses so far, of which each new one makes a tenth.</param>
public readonly record struct LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
