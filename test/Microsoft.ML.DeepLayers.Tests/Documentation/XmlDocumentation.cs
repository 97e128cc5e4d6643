using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>The library's documentation comments, from the file that lies beside the library.</summary>
internal static class XmlDocumentation
{
    private static readonly Dictionary<string, XElement> Members = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, $"{typeof(Layer).Assembly.GetName().Name}.xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>Keras's name of a layer or function: what its comment says behind "Keras:", once.</summary>
    /// <param name="id">The member's identifier in documentation comments.</param>
    public static string KerasName(string id)
    {
        string[] names = [.. Members.TryGetValue(id, out XElement? member)
            ? member.DescendantsAndSelf()
                .SelectMany(element => element.Nodes())
                .Where(node => node is XElement { Name.LocalName: "c" } && node.PreviousNode is XText before && Regex.IsMatch(before.Value, @"(^|[\s(])Keras:\s+$"))
                .Select(node => ((XElement)node).Value)
                .Where(name => id.StartsWith("T:", StringComparison.Ordinal) ? char.IsUpper(name[0]) : true)
            : []];
        return names.Length == 1
            ? names[0]
            : throw new InvalidOperationException($"The comment of {id} must say its Keras name once, as 'Keras: <c>Dense</c>', but says: {string.Join(", ", names)}.");
    }
}
