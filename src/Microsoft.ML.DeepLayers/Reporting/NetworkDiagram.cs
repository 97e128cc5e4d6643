using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>A graph as text that other programs draw.</summary>
internal static class NetworkDiagram
{
    internal static string ToMermaid(NetworkGraph graph)
    {
        var text = new StringBuilder("flowchart TD\n");
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            string label = Escape(Label(graph, i), "<br/>");
            // Rounded where data enters.
            text.Append(CultureInfo.InvariantCulture, $"    n{i}{(graph.Nodes[i].Inputs.Count == 0 ? $"([\"{label}\"])" : $"[\"{label}\"]")}\n");
        }

        foreach ((int from, int to) in Edges(graph))
        {
            text.Append(CultureInfo.InvariantCulture, $"    n{from} --> n{to}\n");
        }

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    n{graph.Outputs[i].Node} --> o{i}([\"{Escape(graph.OutputNames[i], " ")}\"])\n");
        }

        return text.ToString();

        static string Escape(string label, string newLine) => label
            .Replace("&", "#amp;", StringComparison.Ordinal)
            .Replace("\"", "#quot;", StringComparison.Ordinal)
            .Replace("\n", newLine, StringComparison.Ordinal);
    }

    internal static string ToDot(NetworkGraph graph)
    {
        var text = new StringBuilder("digraph network {\n    node [shape=box, fontname=\"Helvetica\"];\n");
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            string shape = graph.Nodes[i].Inputs.Count == 0 ? ", style=rounded" : "";
            text.Append(CultureInfo.InvariantCulture, $"    n{i} [label=\"{Escape(Label(graph, i))}\"{shape}];\n");
        }

        foreach ((int from, int to) in Edges(graph))
        {
            text.Append(CultureInfo.InvariantCulture, $"    n{from} -> n{to};\n");
        }

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    o{i} [label=\"{Escape(graph.OutputNames[i])}\", style=rounded];\n    n{graph.Outputs[i].Node} -> o{i};\n");
        }

        return text.Append("}\n").ToString();

        static string Escape(string label) => label
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
    }

    /// <summary>The node's name and, below it, its class; for a layer that is applied again, whose weights it uses.</summary>
    private static string Label(NetworkGraph graph, int node)
    {
        GraphNode at = graph.Nodes[node];
        string shared = at.SharedWith is { } owner ? $", shared with {graph.Nodes[owner].Name}" : "";
        return $"{at.Name}\n{at.Layer.GetType().Name}{shared}";
    }

    private static IEnumerable<(int From, int To)> Edges(NetworkGraph graph) => Enumerable.Range(0, graph.Nodes.Count)
        .SelectMany(node => graph.Nodes[node].Inputs.Select(input => (input.Node, node)));
}
