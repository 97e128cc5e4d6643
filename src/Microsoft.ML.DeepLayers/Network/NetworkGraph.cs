using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>One output of a node, as another node reads it.</summary>
/// <param name="Node">The position of the node in <see cref="NetworkGraph.Nodes"/>.</param>
/// <param name="Output">Which of its outputs; 0 for the first.</param>
internal readonly record struct NodeOutput(int Node, int Output = 0);

/// <summary>A layer at its place in the graph.</summary>
/// <param name="Name">Unique within the network.</param>
/// <param name="Layer">The layer, carrying that name.</param>
/// <param name="Inputs">What it reads; nothing for an <see cref="Input"/>.</param>
internal sealed record GraphNode(string Name, Layer Layer, IReadOnlyList<NodeOutput> Inputs);

/// <summary>
/// The form in which every network is trained, exported and shown: layers in an order in which each comes after all
/// that it reads. A <see cref="Sequential"/> is the graph in which each node reads the one before.
/// </summary>
internal sealed class NetworkGraph
{
    internal NetworkGraph(IReadOnlyList<GraphNode> nodes, IReadOnlyList<NodeOutput> outputs)
    {
        Nodes = nodes;
        Outputs = outputs;
        Inputs = [.. Enumerable.Range(0, nodes.Count).Where(index => nodes[index].Layer is Input)];
    }

    internal IReadOnlyList<GraphNode> Nodes { get; }

    internal IReadOnlyList<NodeOutput> Outputs { get; }

    /// <summary>The positions of the <see cref="Input"/> nodes.</summary>
    internal IReadOnlyList<int> Inputs { get; }

    /// <summary>The ML.NET column that an input reads.</summary>
    internal string ColumnOf(int input, string featureColumnName) => ((Input)Nodes[input].Layer).Column ?? featureColumnName;

    /// <summary>The same graph with one more layer behind the first output.</summary>
    internal NetworkGraph Append(Layer layer)
    {
        string name = LayerNames.Unique(layer, Nodes.Select(node => node.Name));
        var node = new GraphNode(name, layer with { Name = name }, [Outputs[0]]);
        return new NetworkGraph([.. Nodes, node], [new NodeOutput(Nodes.Count), .. Outputs.Skip(1)]);
    }

    /// <summary>The same graph with the output layer that trainers add, named <c>output</c> where nothing else is.</summary>
    internal NetworkGraph AppendOutput(int units)
    {
        string name = "output";
        while (Nodes.Any(node => node.Name == name))
        {
            name += "_";
        }

        return Append(new Dense(units) { Name = name });
    }

    /// <summary>The same graph with the layer of one node replaced.</summary>
    internal NetworkGraph Replace(int index, Layer layer)
    {
        GraphNode[] nodes = [.. Nodes];
        nodes[index] = nodes[index] with { Layer = layer with { Name = nodes[index].Name } };
        return new NetworkGraph(nodes, Outputs);
    }

    /// <summary>Infers the shapes of all outputs of all nodes.</summary>
    /// <param name="inputShapes">The shape of each input's column, in the order of <see cref="Inputs"/>.</param>
    /// <exception cref="LayerShapeException">A layer cannot take what it is given.</exception>
    internal GraphShapes InferShapes(IReadOnlyList<Shape> inputShapes)
    {
        var shapes = new IReadOnlyList<Shape>[Nodes.Count];
        var reads = new IReadOnlyList<Shape>[Nodes.Count];
        for (int i = 0, nextInput = 0; i < Nodes.Count; i++)
        {
            reads[i] = Nodes[i].Layer is Input
                ? [inputShapes[nextInput++]]
                : [.. Nodes[i].Inputs.Select(input => shapes[input.Node][input.Output])];
            shapes[i] = Nodes[i].Layer.ComputeOutputShapes(reads[i]);
        }

        return new GraphShapes(reads, shapes);
    }

    /// <summary>Every weight of every node, under its full name <c>layer/weight</c>, in order.</summary>
    internal IEnumerable<(string FullName, WeightSpec Spec)> Weights(GraphShapes shapes) =>
        Enumerable.Range(0, Nodes.Count).SelectMany(index => Nodes[index].Layer
            .GetWeights(shapes.Inputs[index])
            .Select(spec => ($"{Nodes[index].Name}/{spec.Name}", spec)));
}

/// <summary>The shapes that flow through a graph, by node.</summary>
/// <param name="Inputs">What each node reads.</param>
/// <param name="Outputs">What each node gives.</param>
internal sealed record GraphShapes(IReadOnlyList<IReadOnlyList<Shape>> Inputs, IReadOnlyList<IReadOnlyList<Shape>> Outputs)
{
    internal Shape this[NodeOutput output] => Outputs[output.Node][output.Output];
}
