using System.Globalization;
using System.Xml.Linq;
using static Microsoft.ML.DeepLayers.Reporting.Page;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>What a page says of the network: a picture, and the table of its layers.</summary>
internal static class NetworkSection
{
    internal static XElement? Create(History history) => history.Outline is { } outline
        ? Element(
            "section", new XAttribute("id", "network"), Element("h2", "Network"), Cards(
            [
                ("layers", Count(outline.Nodes.Count)),
                ("trained parameters", Count(outline.Nodes.Sum(node => node.Trainable))),
                ("fixed parameters", Count(outline.Nodes.Sum(node => node.Fixed))),
            ]),
            Element("h3", "Summary"), Summary(outline),
            Folded("Diagram", new XAttribute("open", "open"), Element("div", Class("scroll"), NetworkPicture.Draw(outline))))
        : null;

    private static XElement Summary(NetworkOutline outline) => Table(
        ["Layer", "Type", "Output shape", "Reads", "Parameters"],
        outline.Nodes.Select(node => (string[])
        [
            node.Name, node.Type, node.Shape, string.Join(", ", node.Inputs.Select(input => outline.Nodes[input].Name)),
            node.SharedWith is { } owner ? $"as {outline.Nodes[owner].Name}" : (node.Trainable + node.Fixed).ToString("N0", CultureInfo.InvariantCulture),
        ]),
        firstNumber: 4);
}
