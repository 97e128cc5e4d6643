using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>
/// A network as boxes in rows, each below all that it reads. A connection over several rows has a place of its own in those
/// between, so that it passes beside the boxes; within a row places are ordered by what they read (Sugiyama et al. 1981).
/// </summary>
internal static class NetworkPicture
{
    private const double BoxWidth = 190, BoxHeight = 44, Gap = 18, LineWidth = 26, RowHeight = 76, Margin = 12;
    private const int TextLength = 27;

    internal static XElement Draw(NetworkOutline outline)
    {
        List<Place> places = Arrange(outline);
        double width = places.Max(place => place.X + (place.Width / 2)) + Margin;
        double height = ((places.Max(place => place.Row) + 1) * RowHeight) - (RowHeight - BoxHeight) + (2 * Margin);
        return Element(
            "svg", Class("network"), new XAttribute("width", SvgCanvas.Number(width)), new XAttribute("height", SvgCanvas.Number(height)),
            new XAttribute("role", "img"), new XAttribute("aria-label", "Network diagram"),
            places.SelectMany(place => place.Reads.Select(read => Connect(read, place))),
            places.Where(place => place.Texts is not null).SelectMany(Box));
    }

    private static List<Place> Arrange(NetworkOutline outline)
    {
        var boxes = new List<Place>();
        foreach (OutlineNode node in outline.Nodes)
        {
            int row = node.Inputs.Count == 0 ? 0 : node.Inputs.Max(input => boxes[input].Row) + 1;
            boxes.Add(new Place(row) { Texts = (node.Name, $"{node.Type} {node.Shape}") });
        }

        List<Place> places = [.. boxes];
        for (int i = 0; i < boxes.Count; i++)
        {
            boxes[i].Reads.AddRange(outline.Nodes[i].Inputs.Select(input => Route(boxes[input], boxes[i].Row, places)));
        }

        foreach (OutlineOutput output in outline.Outputs.Where(_ => outline.Outputs.Count > 1))
        {
            var box = new Place(boxes[output.Node].Row + 1) { Texts = (output.Name, "output") };
            box.Reads.Add(boxes[output.Node]);
            places.Add(box);
        }

        double x = 0;
        foreach (IGrouping<int, Place> row in places.GroupBy(place => place.Row).OrderBy(row => row.Key))
        {
            double left = 0;
            foreach (Place place in row.OrderBy(place => place.Reads.Count == 0 ? double.MaxValue : place.Reads.Average(read => read.X)))
            {
                place.X = left + (place.Width / 2);
                left += place.Width + Gap;
            }

            Center(row, left - Gap);
            x = Math.Min(x, row.Min(place => place.X - (place.Width / 2)));
        }

        places.ForEach(place => place.X += Margin - x);
        return places;
    }

    /// <summary>Places for a connection in the rows between; returns the last.</summary>
    private static Place Route(Place from, int row, List<Place> places)
    {
        Place last = from;
        for (int between = from.Row + 1; between < row; between++)
        {
            var place = new Place(between);
            place.Reads.Add(last);
            places.Add(place);
            last = place;
        }

        return last;
    }

    /// <summary>Rows are centered over one another.</summary>
    private static void Center(IEnumerable<Place> row, double width)
    {
        foreach (Place place in row)
        {
            place.X -= width / 2;
        }
    }

    private static XElement Connect(Place from, Place to)
    {
        double y0 = Top(from) + BoxHeight, y1 = Top(to), middle = (y0 + y1) / 2;
        string N(double value) => SvgCanvas.Number(value);
        // Where a connection has a place of its own it goes straight on.
        string through = to.Texts is null ? $"V{N(y1 + BoxHeight)}" : "";
        return new XElement("path", Class("edge"), new XAttribute("d", $"M{N(from.X)} {N(y0)}C{N(from.X)} {N(middle)} {N(to.X)} {N(middle)} {N(to.X)} {N(y1)}{through}"));
    }

    private static IEnumerable<XElement> Box(Place place)
    {
        (string name, string type) = place.Texts!.Value;
        string N(double value) => SvgCanvas.Number(value);
        yield return new XElement(
            "rect", Class("node"), new XAttribute("rx", "5"), new XAttribute("x", N(place.X - (BoxWidth / 2))), new XAttribute("y", N(Top(place))),
            new XAttribute("width", N(BoxWidth)), new XAttribute("height", N(BoxHeight)));
        yield return Element(
            "text", Class("middle"), new XAttribute("x", N(place.X)), new XAttribute("y", N(Top(place) + 18)),
            name.Length > TextLength ? Element("title", name) : null, Chart.Shorten(name, TextLength));
        yield return Element(
            "text", Class("middle soft"), new XAttribute("x", N(place.X)), new XAttribute("y", N(Top(place) + 34)),
            type.Length > TextLength ? Element("title", type) : null, Chart.Shorten(type, TextLength + 4));
    }

    private static double Top(Place place) => Margin + (place.Row * RowHeight);

    /// <summary>Where a box is or, without texts, where a connection passes.</summary>
    private sealed class Place(int row)
    {
        internal int Row { get; } = row;

        internal double X { get; set; }

        internal (string Name, string Type)? Texts { get; init; }

        internal List<Place> Reads { get; } = [];

        internal double Width => Texts is null ? LineWidth : BoxWidth;
    }
}
