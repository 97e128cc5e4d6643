using System.Globalization;
using System.Xml.Linq;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>The elements that pages are made of. All text goes through <see cref="XmlText"/>; the writer escapes it.</summary>
internal static class Page
{
    internal static XElement Element(string name, params object?[] content) =>
        new(name, content.Select(part => part is string text ? XmlText.Clean(text) : part));

    internal static XAttribute Class(string name) => new("class", name);

    /// <summary>A few numbers side by side.</summary>
    internal static XElement Cards(IEnumerable<(string Name, string Value)> cards) => Element(
        "div", Class("cards"), cards.Select(card => Element("div", Class("card"), Element("span", card.Name), Element("b", card.Value))));

    /// <summary>A table with headings; the columns of numbers are those from <paramref name="firstNumber"/> on.</summary>
    internal static XElement Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, int firstNumber)
    {
        XAttribute? Style(int column) => column >= firstNumber ? Class("number") : null;

        return Element("div", Class("scroll"), Element(
            "table",
            Element("thead", Element("tr", headings.Select((heading, i) => Element("th", Style(i), heading)))),
            Element("tbody", rows.Select(row => Element("tr", row.Select((cell, i) => Element("td", Style(i), cell)))))));
    }

    /// <summary>A table of names and values.</summary>
    internal static XElement Facts(IEnumerable<(string Name, string Value)> facts) => Element(
        "table", Element("tbody", facts.Select(fact => Element("tr", Element("th", fact.Name), Element("td", fact.Value)))));

    /// <summary>What is shown when it is asked for.</summary>
    internal static XElement Folded(string summary, params object?[] content) => Element("details", Element("summary", summary), content);

    /// <summary>A measured number in four digits or so.</summary>
    internal static string Number(double value) => double.IsFinite(value)
        ? value.ToString(Math.Abs(value) is >= 1e7 or (> 0 and < 1e-3) ? "0.###e+0" : Math.Abs(value) >= 1000 ? "N1" : "0.####", CultureInfo.InvariantCulture)
        : value.ToString(CultureInfo.InvariantCulture);

    internal static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{part * 100:0.0} %");
}
