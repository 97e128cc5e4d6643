using System.Globalization;
using System.Text;
using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>Which classes are taken for which: as a table of counts or, of many classes, as a picture and the worst pairs.</summary>
internal static class ConfusionSection
{
    private const int MaxTable = 20;
    private const int Shades = 8;
    private const int ClosePairs = 15;

    internal static XElement? Create(EvaluationSummary summary) => summary.ConfusionMatrix.Count == 0 ? null : Element(
        "div", Element("h3", "Confusion matrix"),
        Element("p", "Rows are the labels' classes, columns the predicted ones. The stronger the colour, the larger a part of the row."),
        summary.ConfusionMatrix.Count <= MaxTable ? Matrix(summary) : Picture(summary),
        summary.ConfusionMatrix.Count > MaxTable ? Pairs(summary) : null,
        Folded("Class by class", Classes(summary)));

    private static XElement Matrix(EvaluationSummary summary) => Element("div", Class("scroll"), Element(
        "table", Class("matrix"),
        Element("thead", Element("tr", Element("th"), summary.ClassNames.Select(name => Element("th", Title(name), Chart.Shorten(name, 24))))),
        Element("tbody", summary.ConfusionMatrix.Select((row, label) =>
        {
            double total = Math.Max(1, row.Sum());
            return Element(
                "tr", Element("th", Title(summary.ClassNames[label]), Chart.Shorten(summary.ClassNames[label], 24)),
                row.Select((count, taken) => Element(
                    "td", new XAttribute("style", string.Create(CultureInfo.InvariantCulture, $"background: rgba(var(--cell), {0.75 * count / total:0.##})")),
                    new XAttribute("title", XmlText.Clean($"{summary.ClassNames[label]} taken for {summary.ClassNames[taken]}")), Count(count))));
        }))));

    /// <summary>The full name, where it is shown shortened.</summary>
    private static XAttribute? Title(string name) => name.Length > 24 ? new XAttribute("title", XmlText.Clean(name)) : null;

    /// <summary>A square a pair of classes. Squares of one shade are one path, or the page would grow to megabytes.</summary>
    private static XElement Picture(EvaluationSummary summary)
    {
        const double Edge = 40, Side = 560;
        int count = summary.ConfusionMatrix.Count;
        double cell = Side / count;
        StringBuilder[] shades = [.. Enumerable.Range(0, Shades).Select(_ => new StringBuilder())];
        for (int label = 0; label < count; label++)
        {
            double total = Math.Max(1, summary.ConfusionMatrix[label].Sum());
            for (int taken = 0; taken < count; taken++)
            {
                if (summary.ConfusionMatrix[label][taken] is > 0 and long examples)
                {
                    shades[Math.Min(Shades - 1, (int)(examples / total * Shades))].Append(CultureInfo.InvariantCulture, $"M{taken} {label}h1v1h-1z");
                }
            }
        }

        IEnumerable<int> numbers = Axis.Linear(1, count, 8).Ticks.Select(tick => (int)tick).Where(tick => tick >= 1);
        return Element(
            "svg", Class("chart"), new XAttribute("viewBox", $"0 0 {SvgCanvas.Number(Side + Edge + 12)} {SvgCanvas.Number(Side + Edge + 12)}"),
            new XAttribute("role", "img"), new XAttribute("aria-label", "Confusion matrix"),
            numbers.SelectMany(number => new[]
            {
                Label(Edge + ((number - 0.5) * cell), Edge - 8, number, "middle"),
                Label(Edge - 8, Edge + ((number - 0.5) * cell) + 4, number, "end"),
            }),
            new XElement("rect", Class("line frame"), Size(Edge, Edge, Side)),
            Element(
                "g", Class("cells"), new XAttribute("transform", string.Create(CultureInfo.InvariantCulture, $"translate({Edge} {Edge}) scale({cell:0.####})")),
                shades.Select((path, shade) => path.Length == 0 ? null : new XElement(
                    "path", new XAttribute("fill-opacity", ((shade + 1.0) / Shades).ToString("0.###", CultureInfo.InvariantCulture)), new XAttribute("d", path.ToString())))));
    }

    private static XElement Label(double x, double y, int number, string anchor) => Element(
        "text", Class(anchor), new XAttribute("x", SvgCanvas.Number(x)), new XAttribute("y", SvgCanvas.Number(y)), number.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<XAttribute> Size(double x, double y, double side) =>
    [
        new("x", SvgCanvas.Number(x)), new("y", SvgCanvas.Number(y)), new("width", SvgCanvas.Number(side)), new("height", SvgCanvas.Number(side)),
    ];

    private static XElement Pairs(EvaluationSummary summary)
    {
        int count = summary.ConfusionMatrix.Count;
        var pairs = Enumerable.Range(0, count * count)
            .Select(i => (Label: i / count, Taken: i % count, Examples: summary.ConfusionMatrix[i / count][i % count]))
            .Where(pair => pair.Label != pair.Taken && pair.Examples > 0).OrderByDescending(pair => pair.Examples).Take(ClosePairs);
        return Element(
            "div", Element("p", "The numbers are the classes' places in the list below. The classes that are confused most:"),
            Table(["Label", "Taken for", "Examples"], pairs.Select(pair => (string[])[summary.ClassNames[pair.Label], summary.ClassNames[pair.Taken], Count(pair.Examples)]), firstNumber: 2));
    }

    private static XElement Classes(EvaluationSummary summary) => Table(
        ["#", "Class", "Examples", "Recall", "Precision", "F1"],
        summary.ConfusionMatrix.Select((row, label) =>
        {
            (long hits, long examples, long taken) = (row[label], row.Sum(), summary.ConfusionMatrix.Sum(other => other[label]));
            return (string[])
            [
                (label + 1).ToString(CultureInfo.InvariantCulture), summary.ClassNames[label], Count(examples), Part(hits, examples), Part(hits, taken), Part(2 * hits, examples + taken),
            ];
        }),
        firstNumber: 2);

    private static string Part(long hits, long of) => of == 0 ? "–" : Percent(hits / (double)of);
}
