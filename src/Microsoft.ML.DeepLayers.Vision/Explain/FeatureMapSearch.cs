using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Explain;

/// <summary>Finds the feature map that Grad-CAM looks at.</summary>
internal static class FeatureMapSearch
{
    /// <summary>The position of a layer in the graph.</summary>
    /// <param name="network">The network.</param>
    /// <param name="layerName">The layer; <see langword="null"/> for the last one with a map that is made of convolutions.</param>
    /// <exception cref="ArgumentException">There is no such layer, or its output is no map that the explained output depends on.</exception>
    internal static int Find(ExplainedNetwork network, string? layerName)
    {
        NetworkGraph graph = network.Graph;
        bool[] needed = NeededNodes(graph, graph.Outputs[network.Output].Node);
        if (layerName is null)
        {
            bool[] convolved = ConvolvedNodes(graph);
            int last = Enumerable.Range(0, graph.Nodes.Count).LastOrDefault(
                node => needed[node] && convolved[node] && IsMap(network, node) && graph.Nodes[node].Layer is not (Pooling or AdaptivePooling or GlobalPooling or StochasticLayer), -1);
            return last >= 0
                ? last
                : throw new ArgumentException(
                    "Grad-CAM explains networks by the feature map of a convolution, and this one has none: no layer behind a convolution gives [height, width, channels] with more than one pixel. Use Occlusion, which explains any network over images.");
        }

        int found = Enumerable.Range(0, graph.Nodes.Count).FirstOrDefault(node => graph.Nodes[node].Name == layerName, -1);
        if (found >= 0 && needed[found] && IsMap(network, found))
        {
            return found;
        }

        string[] maps = [.. Enumerable.Range(0, graph.Nodes.Count).Where(node => needed[node] && IsMap(network, node)).Select(node => $"'{graph.Nodes[node].Name}' {network.Shapes.Outputs[node][0]}")];
        string problem = found < 0
            ? $"The network has no layer '{layerName}'"
            : needed[found]
                ? $"The layer '{layerName}' gives {network.Shapes.Outputs[found][0]}, which is no feature map [height, width, channels]"
                : $"What is explained does not depend on the layer '{layerName}'";
        throw new ArgumentException($"{problem}. Layers with feature maps are: {(maps.Length == 0 ? "none" : string.Join(", ", maps))}.", nameof(layerName));
    }

    /// <summary>Whether a layer gives something to look at: an image or a map, with more than one pixel.</summary>
    private static bool IsMap(ExplainedNetwork network, int node)
    {
        Shape shape = network.Shapes.Outputs[node][0];
        return network.Graph.Nodes[node].Layer is not Input && shape.Rank == 3 && !shape.HasVariableLength && shape[0] * shape[1] > 1;
    }

    /// <summary>The nodes that a node depends on, itself included.</summary>
    private static bool[] NeededNodes(NetworkGraph graph, int node)
    {
        var needed = new bool[graph.Nodes.Count];
        needed[node] = true;
        for (int i = node; i >= 0; i--)
        {
            foreach (NodeOutput read in needed[i] ? graph.Nodes[i].Inputs : [])
            {
                needed[read.Node] = true;
            }
        }

        return needed;
    }

    /// <summary>The nodes that a convolution contributes to; a module may well contain one.</summary>
    private static bool[] ConvolvedNodes(NetworkGraph graph)
    {
        var convolved = new bool[graph.Nodes.Count];
        for (int i = 0; i < convolved.Length; i++)
        {
            convolved[i] = graph.Nodes[i].Layer is Convolution or ModuleLayer || graph.Nodes[i].Inputs.Any(read => convolved[read.Node]);
        }

        return convolved;
    }
}
