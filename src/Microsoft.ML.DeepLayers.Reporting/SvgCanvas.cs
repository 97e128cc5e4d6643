using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>Draws charts as elements of a page, whose style sheet has the colours. Text stays text.</summary>
internal sealed class SvgCanvas : IChartCanvas
{
    private const double Width = 520, Height = 310;

    private readonly List<XElement> content = [];

    /// <summary>A chart as an element.</summary>
    internal static XElement Draw(Chart chart)
    {
        var canvas = new SvgCanvas();
        chart.Draw(canvas, 0, 0, Width, Height);
        return new XElement(
            "svg", new XAttribute("class", "chart"), new XAttribute("viewBox", $"0 0 {Number(Width)} {Number(Height)}"),
            new XAttribute("role", "img"), new XAttribute("aria-label", XmlText.Clean(chart.Title)), canvas.content);
    }

    /// <summary>A coordinate; a tenth of a pixel is enough.</summary>
    internal static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    public void Line(IReadOnlyList<(double X, double Y)> points, Ink ink, bool isDashed = false)
    {
        var path = new StringBuilder();
        char command = 'M';
        foreach ((double x, double y) in points)
        {
            if (double.IsFinite(y))
            {
                path.Append(command).Append(Number(x)).Append(' ').Append(Number(y));
            }

            command = double.IsFinite(y) ? 'L' : 'M';
        }

        AddPath(path, $"line {Class(ink)}{(isDashed ? " dashed" : "")}");
    }

    public void Dots(IReadOnlyList<(double X, double Y)> points, Ink ink, double radius)
    {
        // Lines of no length with round ends: far shorter than circles.
        var path = new StringBuilder();
        foreach ((double x, double y) in points.Where(point => double.IsFinite(point.Y)))
        {
            path.Append('M').Append(Number(x)).Append(' ').Append(Number(y)).Append("h0");
        }

        AddPath(path, $"dots {Class(ink)}{(radius < 2 ? " small" : "")}");
    }

    public void Bar(double left, double top, double width, double height, Ink ink) => content.Add(new XElement(
        "rect", new XAttribute("class", Class(ink)), new XAttribute("x", Number(left)), new XAttribute("y", Number(top)),
        new XAttribute("width", Number(Math.Max(0, width))), new XAttribute("height", Number(height))));

    public void Text(double x, double y, string text, TextAnchor anchor, bool isBold = false) => content.Add(new XElement(
        "text", new XAttribute("x", Number(x)), new XAttribute("y", Number(y)),
        new XAttribute("class", $"{anchor.ToString().ToLowerInvariant()}{(isBold ? " bold" : "")}"), XmlText.Clean(text)));

    private static string Class(Ink ink) => ink.ToString().ToLowerInvariant();

    private void AddPath(StringBuilder path, string style)
    {
        if (path.Length > 0)
        {
            content.Add(new XElement("path", new XAttribute("class", style), new XAttribute("d", path.ToString())));
        }
    }
}
