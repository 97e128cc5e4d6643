namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Nodes of a graph that follow one another and are computed again together.</summary>
/// <param name="First">The first node.</param>
/// <param name="End">The node behind the last.</param>
/// <param name="Reads">What they read of nodes before.</param>
/// <param name="Gives">What is read of them by nodes behind, or is an output of the graph.</param>
internal sealed record GraphSegment(int First, int End, IReadOnlyList<NodeOutput> Reads, IReadOnlyList<NodeOutput> Gives)
{
    /// <summary>The segments of a graph; one alone where nothing is to be computed again.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="shapes">The shapes that flow through it.</param>
    /// <param name="rematerialization">Where to cut.</param>
    /// <exception cref="InvalidOperationException">A layer that is named does not exist.</exception>
    internal static IReadOnlyList<GraphSegment> Of(NetworkGraph graph, GraphShapes shapes, Rematerialization? rematerialization)
    {
        int count = graph.Nodes.Count;
        IEnumerable<int> cuts = rematerialization is null ? []
            : rematerialization.LayerNames.Count > 0 ? rematerialization.LayerNames.Select(name => EndOf(graph, name))
            : rematerialization.Equals(Rematerialization.Full) ? Enumerable.Range(0, count).Where(node => graph.InputOf(node) < 0).Select(node => node + 1)
            : SegmentSearch.Cuts(graph, shapes);
        int[] borders = [0, .. cuts.Where(cut => cut < count).Distinct().Order(), count];
        return [.. borders.Zip(borders.Skip(1), (first, end) => Between(graph, first, end))];
    }

    /// <summary>The bytes that a batch's values take: those kept, and those of the largest segment.</summary>
    /// <param name="segments">The segments.</param>
    /// <param name="bytesOf">What a value takes.</param>
    /// <param name="valuesOf">What a node gives.</param>
    internal static long PeakBytes(IReadOnlyList<GraphSegment> segments, Func<NodeOutput, long> bytesOf, Func<int, int> valuesOf) =>
        segments.SkipLast(1).SelectMany(segment => segment.Gives).Sum(bytesOf)
        + segments.Max(segment => Enumerable.Range(segment.First, segment.End - segment.First)
            .SelectMany(node => Enumerable.Range(0, valuesOf(node)).Select(output => new NodeOutput(node, output)))
            // What the last one gives is not kept beside; what others give is counted above.
            .Where(value => segment == segments[^1] || !segment.Gives.Contains(value)).Sum(bytesOf));

    private static GraphSegment Between(NetworkGraph graph, int first, int end)
    {
        bool IsWithin(int node) => node >= first && node < end;

        IEnumerable<NodeOutput> reads = Enumerable.Range(first, end - first)
            .SelectMany(node => graph.Nodes[node].Inputs).Where(read => read.Node < first);
        IEnumerable<NodeOutput> gives = graph.Nodes.Skip(end).SelectMany(node => node.Inputs).Concat(graph.Outputs)
            .Where(read => IsWithin(read.Node));
        return new GraphSegment(first, end, [.. reads.Distinct()], [.. gives.Distinct()]);
    }

    private static int EndOf(NetworkGraph graph, string name)
    {
        for (int node = graph.Nodes.Count - 1; node >= 0; node--)
        {
            if (graph.Nodes[node].Name == name || graph.Nodes[node].Name.StartsWith($"{name}/", StringComparison.Ordinal))
            {
                return node + 1;
            }
        }

        throw new InvalidOperationException(
            $"{nameof(NeuralNetworkOptions.Rematerialization)} names the layer '{name}', which the network does not have. It has: {string.Join(", ", graph.Nodes.Select(node => node.Name))}.");
    }
}
