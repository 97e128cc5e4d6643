using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Who makes and who reads the values of a graph, as it was when this was made. Nodes stand in an order in which each follows what it reads.</summary>
internal sealed class GraphIndex
{
    private readonly Dictionary<string, NodeProto> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeProto>> consumers = new(StringComparer.Ordinal);
    private readonly HashSet<string> outputs;

    internal GraphIndex(GraphProto graph)
    {
        Graph = graph;
        Initializers = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        outputs = [.. graph.Output.Select(output => output.Name)];
        foreach (NodeProto node in graph.Node)
        {
            foreach (string output in node.Output.Where(name => name.Length > 0))
            {
                producers[output] = node;
            }

            foreach (string input in Reads(node).Distinct())
            {
                if (!consumers.TryGetValue(input, out List<NodeProto>? readers))
                {
                    consumers[input] = readers = [];
                }

                readers.Add(node);
            }
        }
    }

    internal GraphProto Graph { get; }

    internal IReadOnlyDictionary<string, TensorProto> Initializers { get; }

    /// <summary>The node that makes a value; <see langword="null"/> for inputs and constants.</summary>
    internal NodeProto? Producer(string value) => producers.GetValueOrDefault(value);

    internal IReadOnlyList<NodeProto> Consumers(string value) => consumers.GetValueOrDefault(value) ?? [];

    /// <summary>The one node that reads a value, if it is of the kind; <see langword="null"/> where others read it, or the graph gives it out.</summary>
    internal NodeProto? SoleConsumer(string value, string operation) =>
        !outputs.Contains(value) && Consumers(value) is [var only] && IsStandard(only, operation) ? only : null;

    /// <summary>Whether a node is an ONNX operator of that name, rather than somebody's own.</summary>
    internal static bool IsStandard(NodeProto node, string operation) => (node.Domain is "" or "ai.onnx") && node.OpType == operation;

    /// <summary>Whether a node has graphs inside, as Loop, If and Scan do. It and they stay as they are.</summary>
    internal static bool HasSubgraphs(NodeProto node) => node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0);

    /// <summary>All that a node reads, including what the graphs inside it take from around them.</summary>
    internal static IEnumerable<string> Reads(NodeProto node) => node.Input.Where(name => name.Length > 0)
        .Concat(node.Attribute.SelectMany(attribute => attribute.G is { } graph ? attribute.Graphs.Append(graph) : attribute.Graphs).SelectMany(Captures));

    /// <summary>The layer that a node belongs to, by the scope in its name; empty behind the last layer.</summary>
    internal static string LayerOf(NodeProto node) => node.Name.LastIndexOf('/') is > 0 and int end ? node.Name[..end] : "";

    /// <summary>The constant tensor of floats behind a value: an initializer, or one that is only given another shape.</summary>
    internal TensorProto? ConstantFloats(string value)
    {
        if (Initializers.TryGetValue(value, out TensorProto? tensor))
        {
            return Tensors.IsFloat(tensor) ? tensor : null;
        }

        if (Producer(value) is not { } node || !IsStandard(node, "Reshape") || ConstantFloats(node.Input[0]) is not { } inner
            || !Initializers.TryGetValue(node.Input[1], out TensorProto? shape) || shape.DataType != (int)TensorProto.Types.DataType.Int64)
        {
            return null;
        }

        long[] dimensions = MemoryMarshal.Cast<byte, long>(shape.RawData.Span).ToArray();
        if (dimensions.Any(dimension => dimension <= 0))
        {
            return null;
        }

        var reshaped = new TensorProto { Name = inner.Name, DataType = inner.DataType, RawData = inner.RawData };
        reshaped.Dims.AddRange(dimensions);
        return reshaped;
    }

    /// <summary>Removes nodes and constants that nothing needs any more.</summary>
    internal static void RemoveUnused(GraphProto graph)
    {
        HashSet<string> needed = [.. graph.Output.Select(output => output.Name)];
        for (int i = graph.Node.Count - 1; i >= 0; i--)
        {
            NodeProto node = graph.Node[i];
            if (node.Output.Any(needed.Contains))
            {
                needed.UnionWith(Reads(node));
            }
            else
            {
                graph.Node.RemoveAt(i);
            }
        }

        TensorProto[] kept = [.. graph.Initializer.Where(tensor => needed.Contains(tensor.Name))];
        graph.Initializer.Clear();
        graph.Initializer.AddRange(kept);
    }

    private static IEnumerable<string> Captures(GraphProto graph)
    {
        HashSet<string> own = [.. graph.Input.Select(input => input.Name), .. graph.Initializer.Select(tensor => tensor.Name), .. graph.Node.SelectMany(node => node.Output)];
        return graph.Node.SelectMany(Reads).Concat(graph.Output.Select(output => output.Name)).Where(name => !own.Contains(name));
    }
}
