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
        Suggestion = Steepest(points) is { } steepest ? (float)points[steepest].LearningRate : null;
        Valley = HalfWay(points) is { } halfWay ? (float)points[halfWay].LearningRate : null;
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
    /// Where half of the deepest fall of the smoothed loss is done: as a rule near <see cref="Suggestion"/>, and harder to
    /// mislead where the losses of single batches differ much. <see langword="null"/> where the loss does not fall.
    /// </summary>
    public float? Valley { get; }

    /// <summary>A drawing: a line for each of at most 25 rates, with its smoothed loss and a bar for it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Learning rate {Say(Suggestion)} (steepest fall), {Say(Valley)} (half of the fall)\n");
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

    /// <summary>The point where half of the deepest fall is done, from a height to any later depth.</summary>
    private static int? HalfWay(IReadOnlyList<LearningRatePoint> points)
    {
        (int height, int top, int bottom) = (0, 0, 0);
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].SmoothedLoss > points[height].SmoothedLoss)
            {
                height = i;
            }
            else if (points[height].SmoothedLoss - points[i].SmoothedLoss > points[top].SmoothedLoss - points[bottom].SmoothedLoss)
            {
                (top, bottom) = (height, i);
            }
        }

        if (top == bottom)
        {
            return null;
        }

        double half = (points[top].SmoothedLoss + points[bottom].SmoothedLoss) / 2;
        int found = top;
        while (points[found].SmoothedLoss > half)
        {
            found++;
        }

        return found;
    }
}

/// <summary>One step of a <see cref="LearningRateCurve"/>.</summary>
/// <param name="LearningRate">Its learning rate.</param>
/// <param name="Loss">The loss of its batch before the step.</param>
/// <param name="SmoothedLoss">The exponential moving average of the losses so far, of which each new one makes a tenth.</param>
public readonly record struct LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
