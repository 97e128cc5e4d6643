namespace Microsoft.ML.DeepLayers.Onnx;

/// <summary>Adds the nodes of all layers of a graph to an ONNX graph.</summary>
internal static class GraphExport
{
    /// <summary>Adds the nodes.</summary>
    /// <param name="onnx">What to add to.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">A value for each of its inputs.</param>
    /// <returns>A value for each of its outputs.</returns>
    internal static IReadOnlyList<OnnxValue> AddNodes(OnnxGraphBuilder onnx, NetworkGraph graph, IReadOnlyList<OnnxValue> inputs)
    {
        var values = new IReadOnlyList<OnnxValue>[graph.Nodes.Count];
        for (int i = 0, nextInput = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            OnnxValue[] reads = node.Inputs.Count == 0 ? [inputs[nextInput++]] : [.. node.Inputs.Select(read => values[read.Node][read.Output])];
            values[i] = node.Layer.ExportMasked(onnx.Inner(graph.Nodes[graph.OwnerOf(i)].Name), reads);
        }

        return [.. graph.Outputs.Select(output => values[output.Node][output.Output])];
    }
}
