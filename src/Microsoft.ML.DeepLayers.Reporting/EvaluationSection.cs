using System.Globalization;
using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>What a page says of the validation set, for one output.</summary>
internal static class EvaluationSection
{
    internal static XElement Create(EvaluationSummary summary, int number) => Element(
        "section", new XAttribute("id", $"validation-{number + 1}"),
        Element("h2", summary.OutputName is { } name ? $"Validation of {name}" : "Validation"),
        Element("p", $"Measured with the weights that the model has, on {Count(summary.Examples)} examples."),
        Cards(Numbers(summary)),
        summary.Task == PredictionTask.Regression ? Regression(summary) : Classification(summary),
        Worst(summary));

    private static IEnumerable<(string, string)> Numbers(EvaluationSummary summary)
    {
        yield return ("mean loss", Number(summary.Loss));
        if (summary.Accuracy is { } accuracy)
        {
            yield return ("accuracy", Percent(accuracy));
        }

        if (summary.CalibrationError is { } error)
        {
            yield return ("calibration error", Percent(error));
        }
    }

    private static IEnumerable<XElement?> Classification(EvaluationSummary summary)
    {
        string meaning = summary.Task == PredictionTask.BinaryClassification ? $"probability of {summary.ClassNames.ElementAtOrDefault(1)}" : "probability of the predicted class";
        yield return ConfusionSection.Create(summary);
        yield return Element("h3", "Calibration");
        yield return Element("p", $"Dots on the dashed line mean that the {meaning} is what it says. Bars show how many examples there are.");
        yield return Element("div", Class("charts"), SvgCanvas.Draw(Calibration(summary, meaning)));
    }

    private static Chart Calibration(EvaluationSummary summary, string meaning)
    {
        double most = Math.Max(1, summary.Calibration.Max(bin => bin.Count)), bins = summary.Calibration.Count;
        var unit = Axis.Linear(0, 1, 5);
        return new Chart(
            summary.Task == PredictionTask.BinaryClassification ? "frequency" : "part that was right", Chart.Shorten(meaning, 60), unit, Axis.Linear(-0.03, 1.03, 5),
            [
                new Series("perfect", Ink.Frame, [(0, 0), (1, 1)]) { IsDashed = true },
                new Series("model", Ink.Validation, [.. summary.Calibration.Where(bin => bin.Count > 0).Select(bin => (bin.MeanProbability, bin.Frequency))]),
            ])
        {
            Bars = [.. summary.Calibration.Select((bin, i) => (i / bins, (i + 1) / bins, bin.Count / most))],
        };
    }

    private static IEnumerable<XElement> Regression(EvaluationSummary summary)
    {
        if (summary.Fits.Count == 0)
        {
            yield break;
        }

        yield return Table(
            ["Value", "Mean absolute error", "Root mean squared error", "R²", "Bias"],
            summary.Fits.Select(fit => (string[])
            [
                fit.Value.ToString(CultureInfo.InvariantCulture), Number(fit.MeanAbsoluteError), Number(fit.RootMeanSquaredError), Number(fit.RSquared), Number(fit.Bias),
            ]),
            firstNumber: 0);
        yield return Element("h3", "Residuals");
        yield return Element("p", $"Predictions beside labels, and what they are off, of {Count(summary.Sample.Count / summary.Fits.Count)} examples.");
        yield return Element("div", Class("charts"), summary.Fits.SelectMany(fit => Residuals(summary, fit.Value)).Select(SvgCanvas.Draw));
    }

    private static IEnumerable<Chart> Residuals(EvaluationSummary summary, int value)
    {
        PredictedValue[] sample = [.. summary.Sample.Where(one => one.Value == value && float.IsFinite(one.Label) && float.IsFinite(one.Prediction))];
        string of = summary.Fits.Count > 1 ? $" of value {value}" : "";
        var labels = Axis.Over(sample.Select(one => (double)one.Label));
        var predictions = Axis.Over(sample.Select(one => (double)one.Prediction));
        (double low, double high) = sample.Length == 0 ? (0, 1) : (sample.Min(one => one.Label), sample.Max(one => one.Label));
        (double first, double last) = sample.Length == 0 ? (0, 1) : (sample.Min(one => one.Prediction), sample.Max(one => one.Prediction));
        yield return new Chart($"prediction{of}", "label", labels, Axis.Over(sample.Select(one => (double)one.Prediction).Concat([low, high])),
        [
            new Series("perfect", Ink.Frame, [(low, low), (high, high)]) { IsDashed = true },
            new Series("", Ink.Training, [.. sample.Select(one => ((double)one.Label, (double)one.Prediction))]) { IsDots = true },
        ]);
        yield return new Chart($"prediction less label{of}", "prediction", predictions, Axis.Over(sample.Select(one => (double)one.Prediction - one.Label).Append(0)),
        [
            new Series("perfect", Ink.Frame, [(first, 0), (last, 0)]) { IsDashed = true },
            new Series("", Ink.Training, [.. sample.Select(one => ((double)one.Prediction, (double)one.Prediction - one.Label))]) { IsDots = true },
        ]);
    }

    private static IEnumerable<XElement> Worst(EvaluationSummary summary)
    {
        bool hasProbability = summary.WorstExamples.Any(example => example.Probability is not null);
        string[] headings = ["Label", "Prediction", .. hasProbability ? ["Probability"] : Array.Empty<string>(), "Loss", "Row"];
        return
        [
            Element("h3", "Worst predictions"),
            Element("p", "The examples of the largest loss, by their numbers in the validation data, from 0."),
            Table(
                headings,
                summary.WorstExamples.Select(example => (string[])
                [
                    example.Label, example.Prediction, .. hasProbability ? [Percent(example.Probability ?? double.NaN)] : Array.Empty<string>(),
                    Number(example.Loss), example.Row.ToString(CultureInfo.InvariantCulture),
                ]),
                firstNumber: 2),
        ];
    }
}
