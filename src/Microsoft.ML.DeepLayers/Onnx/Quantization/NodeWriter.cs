using Microsoft.ML.DeepLayers.Onnx.Proto;
using AttributeType = Microsoft.ML.DeepLayers.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Writes the nodes of a changed graph one after the other, and the constants that they need, each once.</summary>
internal sealed class NodeWriter(GraphProto graph)
{
    private readonly List<NodeProto> nodes = [];
    private readonly HashSet<string> constants = [.. graph.Initializer.Select(tensor => tensor.Name)];

    /// <summary>Keeps a node as it is.</summary>
    internal void Add(NodeProto node) => nodes.Add(node);

    /// <summary>Adds a node with one output, whose name is the node's too.</summary>
    /// <returns>The output.</returns>
    internal string Add(string operation, string output, params string[] inputs) => Add(operation, output, inputs, []);

    internal string Add(string operation, string output, IEnumerable<string> inputs, IEnumerable<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"{output}:{operation}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        nodes.Add(node);
        return output;
    }

    /// <summary>Adds a node with several outputs.</summary>
    internal void AddAll(string operation, string name, string[] inputs, string[] outputs)
    {
        var node = new NodeProto { OpType = operation, Name = $"{name}:{operation}" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        nodes.Add(node);
    }

    /// <summary>Adds a constant, unless it is there.</summary>
    internal string Constant(TensorProto tensor)
    {
        if (constants.Add(tensor.Name))
        {
            graph.Initializer.Add(tensor);
        }

        return tensor.Name;
    }

    internal static AttributeProto Int(string name, long value) => new() { Name = name, I = value, Type = AttributeType.Int };

    /// <summary>Puts the nodes into the graph, and removes what nothing needs any more.</summary>
    internal void Finish()
    {
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        GraphIndex.RemoveUnused(graph);
    }
}
