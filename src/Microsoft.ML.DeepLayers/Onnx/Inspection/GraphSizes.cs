namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// The memory that a graph takes when ONNX Runtime loads and runs it, at most, found without running it: a few bytes of a
/// file decide it as well as its tensors do. Each value lives from the node that makes it to the last one that reads it.
/// </summary>
internal sealed class GraphSizes
{
    /// <summary>Nodes may run in another order than the file's, so all values together are bounded, too.</summary>
    private const int TotalToPeak = 8;

    private readonly GraphOutline graph;
    private readonly ModelFileLimits limits;
    private readonly long allowed;
    private readonly Dictionary<string, int> reads = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorSize?> values = new(StringComparer.Ordinal);
    private long living;
    private long total;

    private GraphSizes(GraphOutline graph, ModelFileLimits limits, long allowed)
    {
        (this.graph, this.limits, this.allowed) = (graph, limits, allowed);
        foreach (NodeOutline node in graph.Nodes)
        {
            foreach (string name in node.Inputs)
            {
                Read(name);
            }
        }

        foreach (ValueOutline output in graph.Outputs)
        {
            Read(output.Name);
        }
    }

    /// <summary>The most bytes at a time.</summary>
    internal long Peak { get; private set; }

    /// <summary>The size of a value; <see langword="null"/> where it is not known, or there is none of that name.</summary>
    internal TensorSize? this[string name] => values.GetValueOrDefault(name);

    /// <summary>Finds the memory for a batch.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="steps">The steps of sequences of any length.</param>
    /// <param name="limits">Which operators are accepted.</param>
    /// <param name="allowed">The bytes that it may take.</param>
    /// <exception cref="RefusedModelException">It takes more, or that cannot be told; or the graph has what is not accepted.</exception>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    internal static GraphSizes Measure(GraphOutline graph, long rows, long steps, ModelFileLimits limits, long allowed)
    {
        var sizes = new GraphSizes(graph, limits, allowed);
        sizes.AddInputs(rows, steps);
        foreach (NodeOutline node in graph.Nodes)
        {
            sizes.Add(node);
        }

        foreach (ValueOutline output in graph.Outputs)
        {
            _ = sizes.values.ContainsKey(output.Name) ? 0 : throw new InvalidDataException($"no node makes the output '{output.Name}'");
        }

        return sizes;
    }

    private void Read(string name)
    {
        reads.TryGetValue(name, out int known);
        reads[name] = known + 1;
    }

    private void AddInputs(long rows, long steps)
    {
        foreach (TensorOutline tensor in graph.Initializers)
        {
            Name(tensor.Name, new TensorSize(tensor.Type, tensor.Dimensions) { Numbers = tensor.Numbers, IsConstant = true });
        }

        foreach (ValueOutline input in graph.Inputs)
        {
            long[] dimensions = new long[input.Dimensions.Length];
            for (int axis = 0; axis < dimensions.Length; axis++)
            {
                long declared = input.Dimensions[axis];
                dimensions[axis] = declared > 0 ? declared : axis == 0 ? rows : steps;
            }

            Name(input.Name, new TensorSize(input.Type, dimensions) { IsInput = true });
        }
    }

    private void Add(NodeOutline node)
    {
        OperatorRules.Check(node, limits);
        var inputs = new TensorSize?[node.Inputs.Count];
        (bool isKnown, bool isConstant) = (node.IsStandard, node.Inputs.Count > 0 || node.OpType == "Constant");
        for (int i = 0; i < inputs.Length; i++)
        {
            string name = node.Inputs[i];
            if (name.Length > 0)
            {
                inputs[i] = values.TryGetValue(name, out TensorSize? value) ? value : throw new InvalidDataException($"the node {node} reads '{name}', which is not made before it");
                isKnown &= value is not null;
                isConstant &= value is { IsConstant: true };
            }
        }

        if (node.Outputs.Count == 0)
        {
            throw new InvalidDataException($"the node {node} has no outputs");
        }

        if (!isKnown)
        {
            // An operator that the application allows, or behind one: its sizes are not known.
            foreach (string name in node.Outputs)
            {
                Name(name, null);
            }

            return;
        }

        var rules = new NodeSizes(node, inputs);
        TensorSize[] outputs = rules.Infer();
        long made = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            if (node.Outputs[i].Length > 0)
            {
                outputs[i].IsConstant = isConstant;
                // What is computed at loading is held as a value and as an initializer for a while.
                made += isConstant ? 2 * outputs[i].Bytes : outputs[i].Bytes;
                Name(node.Outputs[i], outputs[i]);
            }
        }

        Count(node, outputs, made, TensorSize.Multiply(rules.Scratch, sizeof(float)));
        Free(node);
    }

    private void Count(NodeOutline node, TensorSize[] outputs, long made, long scratch)
    {
        living += made;
        total += made;
        Peak = Math.Max(Peak, living + scratch);
        if (Peak > allowed || total > allowed * TotalToPeak)
        {
            throw new RefusedModelException(
                $"scoring it would take more than {allowed >> 20} MiB: the node {node} makes {outputs[0]}. If the file is to be trusted, raise {nameof(ModelFileLimits)}.{nameof(ModelFileLimits.ScoringBytes)}");
        }
    }

    private void Free(NodeOutline node)
    {
        foreach (string name in node.Inputs)
        {
            if (name.Length > 0 && (reads[name] -= 1) == 0)
            {
                Free(name);
            }
        }

        foreach (string name in node.Outputs)
        {
            if (name.Length > 0 && !reads.ContainsKey(name))
            {
                Free(name);
            }
        }
    }

    private void Free(string name)
    {
        // Constants stay.
        if (values[name] is { IsConstant: false, IsInput: false } value)
        {
            living -= value.Bytes;
        }
    }

    private void Name(string name, TensorSize? value)
    {
        if (name.Length > 0 && !values.TryAdd(name, value))
        {
            throw new InvalidDataException($"it names two values '{name}'");
        }
    }
}
