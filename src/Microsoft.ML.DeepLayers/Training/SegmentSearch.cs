namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Where to cut a graph so that what is kept, and the largest segment, together are small. For a limit on the size of a
/// segment, the cuts that keep the least are found exactly; limits are tried from the whole down to its sixty-fourth part.
/// </summary>
internal static class SegmentSearch
{
    private const int Limits = 64;

    /// <summary>The steps that a sequence of unknown length is taken to have.</summary>
    private const int TypicalSteps = 100;

    /// <summary>The nodes that a segment begins with, without the first; none where nothing is gained.</summary>
    internal static IReadOnlyList<int> Cuts(NetworkGraph graph, GraphShapes shapes)
    {
        long[] sizes = [.. Enumerable.Range(0, graph.Nodes.Count).Select(node => graph.InputOf(node) >= 0
            // The batch is there in any case.
            ? 0
            : shapes.Outputs[node].Sum(SizeOf))];
        long[] kept = Crossing(graph, sizes);
        IReadOnlyList<int> best = [];
        long least = sizes.Sum();
        for (int parts = 2; parts <= Math.Min(Limits, sizes.Length); parts++)
        {
            if (Cut(sizes, kept, Math.Max(sizes.Max(), sizes.Sum() / parts)) is var (cuts, peak) && peak < least)
            {
                (best, least) = (cuts, peak);
            }
        }

        return best;
    }

    /// <summary>The values of an example.</summary>
    internal static long SizeOf(Shape shape) => shape.Aggregate(1L, (product, length) => product * (length == Shape.Variable ? TypicalSteps : length));

    /// <summary>For each node, the values of nodes before it that it or a node behind reads.</summary>
    private static long[] Crossing(NetworkGraph graph, long[] sizes)
    {
        long[] crossing = new long[sizes.Length];
        for (int node = 0; node < sizes.Length; node++)
        {
            for (int cut = node + 1; cut < sizes.Length && cut <= graph.LastReaderOf(node); cut++)
            {
                crossing[cut] += sizes[node];
            }
        }

        return crossing;
    }

    /// <summary>The cuts that keep the least where no segment may be larger than a limit, and what is then needed at most.</summary>
    private static (IReadOnlyList<int> Cuts, long Peak) Cut(long[] sizes, long[] kept, long limit)
    {
        int count = sizes.Length;
        // For a beginning of the graph: what is kept of it at least, and where its last segment begins.
        long[] least = new long[count + 1];
        int[] begins = new int[count + 1];
        for (int end = 1; end <= count; end++)
        {
            least[end] = long.MaxValue;
            long size = 0;
            for (int first = end - 1; first >= 0; first--)
            {
                size += sizes[first];
                if (size > limit)
                {
                    break;
                }

                if (least[first] + (first > 0 ? kept[first] : 0) is var total && total <= least[end])
                {
                    (least[end], begins[end]) = (total, first);
                }
            }
        }

        var cuts = new List<int>();
        long largest = 0;
        for (int end = count; end > 0; end = begins[end])
        {
            largest = Math.Max(largest, sizes.AsSpan(begins[end], end - begins[end]).ToArray().Sum());
            if (begins[end] > 0)
            {
                cuts.Add(begins[end]);
            }
        }

        return (cuts, least[count] + largest);
    }
}
