using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace ImageStudio.Training;

/// <summary>How good a model is on images that it has not seen.</summary>
internal static class HeldOut
{
    /// <summary>So many pairs of classes that were taken for one another are shown.</summary>
    private const int ShownMistakes = 5;

    public static void Measure(MLContext ml, IDataView scored, TextWriter output)
    {
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(scored);
        ConfusionMatrix matrix = metrics.ConfusionMatrix;
        string[] classes = ClassNames.Of(scored.Schema["Score"]);
        double[] rows = [.. matrix.Counts.Select(row => row.Sum())];
        int commonest = Array.IndexOf(rows, rows.Max());
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\nTest on {rows.Sum():0} images held out: accuracy {metrics.MicroAccuracy:0.0000}, mean of classes {metrics.MacroAccuracy:0.0000}, log-loss {metrics.LogLoss:0.0000} (always '{classes[commonest]}': accuracy {rows[commonest] / rows.Sum():0.0000})"));
        var mistakes =
            from actual in Enumerable.Range(0, classes.Length)
            from predicted in Enumerable.Range(0, classes.Length)
            where actual != predicted && matrix.Counts[actual][predicted] > 0
            orderby matrix.Counts[actual][predicted] descending
            select string.Create(CultureInfo.InvariantCulture, $"{classes[actual]} as {classes[predicted]} {matrix.Counts[actual][predicted]:0}");
        if (mistakes.Any())
        {
            output.WriteLine($"Mistaken: {string.Join(", ", mistakes.Take(ShownMistakes))}");
        }
    }
}
