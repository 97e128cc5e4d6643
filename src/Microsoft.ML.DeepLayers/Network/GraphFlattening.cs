using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>Puts the layers of nested networks into the outer graph, named <c>inner/dense</c>.</summary>
internal static class GraphFlattening
{
    /// <summary>The graph without <see cref="NetworkLayer"/>s; the same one where it has none.</summary>
    internal static NetworkGraph Flatten(NetworkGraph graph)
    {
        if (!graph.Nodes.Any(node => node.Layer is NetworkLayer))
        {
            return graph;
        }

        Nesting.CheckCount(graph.Nodes.Sum(node => node.Layer is NetworkLayer nested ? (long)nested.Network.Graph.Nodes.Count : 1));
        var nodes = new List<GraphNode>();
        // For each node of the graph: where its outputs are now, and where it begins.
        var outputs = new IReadOnlyList<NodeOutput>[graph.Nodes.Count];
        int[] starts = new int[graph.Nodes.Count];
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            NodeOutput[] reads = [.. node.Inputs.Select(read => outputs[read.Node][read.Output])];
            int? owner = node.SharedWith is { } shared ? starts[shared] : null;
            starts[i] = nodes.Count;
            if (node.Layer is NetworkLayer nested)
            {
                outputs[i] = Inline(nodes, node.Name, nested, reads, owner);
            }
            else
            {
                outputs[i] = [.. Enumerable.Range(0, node.Layer.OutputCount).Select(output => new NodeOutput(nodes.Count, output))];
                nodes.Add(node with { Inputs = reads, SharedWith = owner });
            }
        }

        return new NetworkGraph(nodes, [.. graph.Outputs.Select(output => outputs[output.Node][output.Output])], graph.OutputNames);
    }

    /// <summary>Adds the nodes of a nested graph; says where its outputs are.</summary>
    private static NodeOutput[] Inline(List<GraphNode> nodes, string name, NetworkLayer outer, NodeOutput[] reads, int? owner)
    {
        NetworkGraph inner = outer.Network.Graph;
        int start = nodes.Count;
        NodeOutput Moved(NodeOutput read) => read with { Node = read.Node + start };

        int nextInput = 0;
        for (int i = 0; i < inner.Nodes.Count; i++)
        {
            GraphNode node = inner.Nodes[i];
            string fullName = $"{name}/{node.Name}";
            nodes.Add(node with
            {
                Name = fullName,
                Layer = node.Layer with
                {
                    Name = node.SharedWith is { } same ? $"{name}/{inner.Nodes[same].Name}" : fullName,
                    Trainable = node.Layer.Trainable && outer.Trainable,
                    LearningRateFactor = node.Layer.LearningRateFactor * outer.LearningRateFactor,
                },
                Inputs = node.Inputs.Count == 0 ? [reads[nextInput++]] : [.. node.Inputs.Select(Moved)],
                SharedWith = (owner ?? start) + (node.SharedWith ?? i) is int shared && shared != start + i ? shared : null,
            });
        }

        return [.. inner.Outputs.Select(Moved)];
    }
}
