using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>One output of a node, as another node reads it.</summary>
/// <param name="Node">The position of the node in <see cref="NetworkGraph.Nodes"/>.</param>
/// <param name="Output">Which of its outputs; 0 for the first.</param>
internal readonly record struct NodeOutput(int Node, int Output = 0);

/// <summary>A layer at its place in the graph.</summary>
/// <param name="Name">Unique within the network.</param>
/// <param name="Layer">The layer, carrying that name.</param>
/// <param name="Inputs">What it reads; nothing for an <see cref="Input"/> that data enters by.</param>
internal sealed record GraphNode(string Name, Layer Layer, IReadOnlyList<NodeOutput> Inputs)
{
    /// <summary>The position of the node whose weights it uses, where a layer is applied again; else <see langword="null"/>.</summary>
    internal int? SharedWith { get; init; }
}

/// <summary>
/// The form in which every network is trained, exported and shown: layers in an order in which each comes after all
/// that it reads. A <see cref="Sequential"/> is the graph in which each node reads the one before.
/// </summary>
internal sealed class NetworkGraph
{
    private readonly int[] inputs;
    private readonly int[] lastReaders;

    internal NetworkGraph(IReadOnlyList<GraphNode> nodes, IReadOnlyList<NodeOutput> outputs, IReadOnlyList<string>? outputNames = null)
    {
        Nesting.CheckCount(nodes.Count);
        Nodes = nodes;
        Outputs = outputs;
        OutputNames = outputNames ?? [.. outputs.Select(output => nodes[output.Node].Name)];
        Inputs = [.. Enumerable.Range(0, nodes.Count).Where(index => nodes[index].Inputs.Count == 0)];
        inputs = new int[nodes.Count];
        lastReaders = new int[nodes.Count];
        for (int i = 0, nextInput = 0; i < nodes.Count; i++)
        {
            inputs[i] = nodes[i].Inputs.Count == 0 ? nextInput++ : -1;
            lastReaders[i] = i;
            foreach (NodeOutput read in nodes[i].Inputs)
            {
                lastReaders[read.Node] = i;
            }
        }

        foreach (NodeOutput output in outputs)
        {
            lastReaders[output.Node] = nodes.Count;
        }
    }

    internal IReadOnlyList<GraphNode> Nodes { get; }

    internal IReadOnlyList<NodeOutput> Outputs { get; }

    /// <summary>A name for each output: the one that was given, or its layer's.</summary>
    internal IReadOnlyList<string> OutputNames { get; }

    /// <summary>The positions of the <see cref="Input"/> nodes that data enters by.</summary>
    internal IReadOnlyList<int> Inputs { get; }

    /// <summary>Whether all of it can be written as ONNX; else libtorch scores it.</summary>
    internal bool CanExport => Nodes.All(node => node.Layer.CanExport);

    /// <summary>The ML.NET column that an input reads.</summary>
    internal string ColumnOf(int input, string featureColumnName) => ((Input)Nodes[input].Layer).Column ?? featureColumnName;

    /// <summary>Which of the inputs a node is; -1 for a node that reads others.</summary>
    internal int InputOf(int node) => inputs[node];

    /// <summary>The last node that reads a node: itself if none does, and the number of nodes for an output of the graph.</summary>
    internal int LastReaderOf(int node) => lastReaders[node];

    /// <summary>The position of the node that holds the weights of a node.</summary>
    internal int OwnerOf(int node) => Nodes[node].SharedWith ?? node;

    /// <summary>The same graph with one more layer behind an output.</summary>
    internal NetworkGraph Append(Layer layer, int output = 0)
    {
        string name = new LayerNames(Nodes.Select(node => node.Name)).Take(layer);
        var node = new GraphNode(name, layer with { Name = name }, [Outputs[output]]);
        NodeOutput[] outputs = [.. Outputs];
        outputs[output] = new NodeOutput(Nodes.Count);
        return new NetworkGraph([.. Nodes, node], outputs, OutputNames);
    }

    /// <summary>
    /// The same graph with the output layer that trainers add, named <c>output</c>, or <c>price_output</c> for one of
    /// several, where nothing else is.
    /// </summary>
    internal NetworkGraph AppendOutput(int units, int output = 0)
    {
        string name = Outputs.Count == 1 ? "output" : $"{OutputNames[output]}_output";
        while (Nodes.Any(node => node.Name == name))
        {
            name += "_";
        }

        return Append(new Dense(units) { Name = name }, output);
    }

    /// <summary>The same graph with the layer of one node replaced.</summary>
    internal NetworkGraph Replace(int index, Layer layer)
    {
        GraphNode[] nodes = [.. Nodes];
        nodes[index] = nodes[index] with { Layer = layer with { Name = nodes[index].Name } };
        return new NetworkGraph(nodes, Outputs, OutputNames);
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
            GraphNode node = Nodes[i];
            reads[i] = node.Inputs.Count == 0 ? [inputShapes[nextInput++]] : [.. node.Inputs.Select(input => shapes[input.Node][input.Output])];
            CheckLengths(node.Layer, reads[i]);
            shapes[i] = node.Layer.ComputeOutputShapes(reads[i]);
            CheckShared(node, reads[i], reads);
        }

        return new GraphShapes(reads, shapes);
    }

    /// <summary>Every weight of every node, under its full name <c>layer/weight</c>, in order; shared ones once.</summary>
    internal IEnumerable<(string FullName, WeightSpec Spec)> Weights(GraphShapes shapes) =>
        Enumerable.Range(0, Nodes.Count).Where(index => Nodes[index].SharedWith is null).SelectMany(index => Nodes[index].Layer
            .DeclareWeights(shapes.Inputs[index])
            .Select(spec => ($"{Nodes[index].Name}/{spec.Name}", spec)));

    private static void CheckLengths(Layer layer, IReadOnlyList<Shape> inputs)
    {
        if (!layer.AllowsVariableLength && inputs.Any(input => input.HasVariableLength))
        {
            throw new LayerShapeException(
                layer, inputs, "inputs of a known number of steps",
                "It cannot take sequences of different lengths: pool over the steps before (GlobalMaxPooling1D, GlobalAveragePooling1D), use a recurrent layer without returnSequences, or give sequences of one length.");
        }
    }

    private void CheckShared(GraphNode node, IReadOnlyList<Shape> here, IReadOnlyList<Shape>[] reads)
    {
        if (node.SharedWith is not { } owner)
        {
            return;
        }

        bool same = node.Layer.GetWeights(here).Select(spec => (spec.Name, spec.Shape))
            .SequenceEqual(Nodes[owner].Layer.GetWeights(reads[owner]).Select(spec => (spec.Name, spec.Shape)));
        if (!same)
        {
            throw new LayerShapeException(
                node.Layer, here, $"inputs like those of its first application, {string.Join(", ", reads[owner])}, because it shares its weights",
                "Use a layer of its own here: new instances have weights of their own.");
        }
    }
}

/// <summary>The shapes that flow through a graph, by node.</summary>
/// <param name="Inputs">What each node reads.</param>
/// <param name="Outputs">What each node gives.</param>
internal sealed record GraphShapes(IReadOnlyList<IReadOnlyList<Shape>> Inputs, IReadOnlyList<IReadOnlyList<Shape>> Outputs)
{
    internal Shape this[NodeOutput output] => Outputs[output.Node][output.Output];
}
