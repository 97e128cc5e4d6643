using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>What the doctor has seen: the findings in words, and what was measured layer by layer as charts and a table.</summary>
internal static class DiagnosisSection
{
    internal static XElement Create(Diagnosis diagnosis) => Element(
        "section", new XAttribute("id", "diagnosis"), Element("h2", "Diagnosis"),
        diagnosis.IsHealthy
            ? Element("p", "Nothing seems to be wrong.")
            : Element("ul", diagnosis.Findings.Select(finding => Element("li", finding.ToString()))),
        Element("div", Class("charts"), Charts(diagnosis).Select(SvgCanvas.Draw)),
        Layers(diagnosis));

    private static IEnumerable<Chart> Charts(Diagnosis diagnosis)
    {
        (string Title, Func<LayerDiagnosis, double?> Value)[] measures =
        [
            ("gradient norm", layer => layer.GradientNorm), ("update to weight", layer => layer.UpdateRatio),
            ("standard deviation of outputs", layer => layer.StandardDeviation),
            ("dead units", layer => layer.DeadFraction), ("saturated outputs", layer => layer.SaturatedFraction),
        ];
        foreach ((string title, Func<LayerDiagnosis, double?> value) in measures)
        {
            (double, double)[] points = [.. diagnosis.Layers.Select((layer, i) => (Number: i + 1.0, Value: value(layer))).Where(point => point.Value is not null)
                .Select(point => (point.Number, point.Value!.Value))];
            // Where no unit is dead, a chart would say nothing.
            if (points.Any(point => point.Item2 != 0))
            {
                yield return Draw(title, "layer", diagnosis.Layers.Count, points);
            }
        }

        if (diagnosis.Losses.Count > 0)
        {
            yield return Draw("loss of the batches", "batch", diagnosis.Losses.Count, [.. diagnosis.Losses.Select((loss, i) => (i + 1.0, loss))]);
        }
    }

    private static Chart Draw(string title, string xTitle, int count, (double X, double Y)[] points) => new(
        title, xTitle, Axis.Epochs(1, count), Axis.Over(points.Select(point => point.Y), mayBeLogarithmic: true),
        [new Series("", Ink.Training, points)]);

    /// <summary>The numbers in the first column are those of the charts.</summary>
    private static XElement Layers(Diagnosis diagnosis) => Table(
        ["Layer", "Name", "Type", "Mean", "Standard deviation", "Dead", "Saturated", "Gradient norm", "Update to weight"],
        diagnosis.Layers.Select((layer, i) => (string[])
        [
            Count(i + 1), layer.Name, layer.Type, Number(layer.Mean), Number(layer.StandardDeviation),
            Part(layer.DeadFraction), Part(layer.SaturatedFraction), Figure(layer.GradientNorm), Figure(layer.UpdateRatio),
        ]),
        firstNumber: 3);

    private static string Part(double? value) => value is { } part ? Percent(part) : "";

    private static string Figure(double? value) => value is { } number ? Number(number) : "";
}
