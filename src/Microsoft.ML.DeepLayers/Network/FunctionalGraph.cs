using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers;

/// <summary>Lays applied layers out as a graph: names them, orders them, and refuses what hangs loose.</summary>
internal sealed class FunctionalGraph
{
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<LayerCall, int> positions = [];
    private readonly Dictionary<Layer, int> owners = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Input> declared = new(ReferenceEqualityComparer.Instance);
    private readonly LayerNames names;

    // Names that were given are reserved before any is made up.
    private FunctionalGraph(IReadOnlyList<LayerOutput> outputs) => names = new LayerNames(reserved: GivenNames(outputs));

    /// <summary>The graph from inputs to outputs.</summary>
    /// <exception cref="InvalidOperationException">An input is missing, unused or given twice, or names clash.</exception>
    internal static NetworkGraph Create(IReadOnlyList<Input> inputs, IReadOnlyList<LayerOutput> outputs, IReadOnlyList<string>? outputNames)
    {
        if (inputs.Count == 0 || outputs.Count == 0)
        {
            throw new InvalidOperationException($"A network needs at least one input and one output, but has {inputs.Count} and {outputs.Count}.");
        }

        var graph = new FunctionalGraph(outputs);
        foreach (Input input in inputs)
        {
            if (!graph.declared.Add(input))
            {
                throw new InvalidOperationException($"Input {Describe(input)} is given twice among the network's inputs.");
            }

            graph.Visit(LayerOutput.FromInput(input).Call);
        }

        NodeOutput[] read = [.. outputs.Select(output => new NodeOutput(graph.Visit(output.Call), output.Index))];
        graph.CheckInputsAreUsed(read);
        CheckOutputNames(outputNames);
        return new NetworkGraph(graph.nodes, read, outputNames ?? graph.NamesOf(read));
    }

    private static string Describe(Input input) => (input.Name, input.Column) switch
    {
        ({ } name, _) => $"'{name}'",
        (_, { } column) => $"of column '{column}'",
        _ => $"{input.Shape?.ToString() ?? "without name and shape"}",
    };

    private static void CheckOutputNames(IReadOnlyList<string>? names)
    {
        if (names?.FirstOrDefault(name => string.IsNullOrWhiteSpace(name) || name.AsSpan().ContainsAny('/', ':')) is { } wrong)
        {
            throw new InvalidOperationException($"An output cannot be named '{wrong}': a name is not empty and has no '/' or ':'.");
        }
    }

    /// <summary>Names for outputs that were given none: their layers', told apart where one layer gives several.</summary>
    private List<string> NamesOf(NodeOutput[] outputs)
    {
        var result = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (NodeOutput output in outputs)
        {
            string name = nodes[output.Node].Name.Replace(':', '_');
            string unique = output.Output == 0 ? name : $"{name}_{output.Output}";
            int number = next.GetValueOrDefault(name, 1);
            while (!used.Add(unique))
            {
                unique = $"{name}_{number++}";
            }

            next[name] = number;
            result.Add(unique);
        }

        return result;
    }

    /// <summary>The names that layers were given, of all that the outputs depend on.</summary>
    private static HashSet<string> GivenNames(IReadOnlyList<LayerOutput> outputs)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<LayerCall>();
        var pending = new Stack<LayerCall>(outputs.Select(output => output.Call));
        while (pending.TryPop(out LayerCall? call))
        {
            if (!seen.Add(call))
            {
                continue;
            }

            if (call.Layer.Name is { } name)
            {
                given.Add(name);
            }

            foreach (LayerOutput input in call.Inputs)
            {
                pending.Push(input.Call);
            }
        }

        return given;
    }

    /// <summary>Places a call behind all that it reads, without recursion: networks may be deep.</summary>
    private int Visit(LayerCall root)
    {
        var pending = new Stack<LayerCall>([root]);
        while (pending.TryPeek(out LayerCall? call))
        {
            LayerCall[] missing = [.. call.Inputs.Select(input => input.Call).Where(input => !positions.ContainsKey(input)).Distinct()];
            if (positions.ContainsKey(call))
            {
                pending.Pop();
            }
            else if (missing.Length > 0)
            {
                // In reverse, so that the first input is placed first.
                Array.Reverse(missing);
                Array.ForEach(missing, pending.Push);
            }
            else
            {
                pending.Pop();
                Place(call);
            }
        }

        return positions[root];
    }

    private void Place(LayerCall call)
    {
        if (call.Layer is Input input && !declared.Contains(input))
        {
            throw new InvalidOperationException(
                $"The network reads Input {Describe(input)}, which is not among its inputs. Give it to new Network(inputs, outputs) too.");
        }

        int position = nodes.Count;
        bool isShared = owners.TryGetValue(call.Layer, out int owner);
        string name = isShared ? names.TakeShared(nodes[owner].Name) : names.Take(call.Layer);
        nodes.Add(new GraphNode(
            name, call.Layer with { Name = isShared ? nodes[owner].Name : name },
            [.. call.Inputs.Select(read => new NodeOutput(positions[read.Call], read.Index))])
        {
            SharedWith = isShared ? owner : null,
        });
        positions.Add(call, position);
        owners.TryAdd(call.Layer, position);
    }

    private void CheckInputsAreUsed(NodeOutput[] outputs)
    {
        HashSet<int> used = [.. nodes.SelectMany(node => node.Inputs).Concat(outputs).Select(read => read.Node)];
        if (Enumerable.Range(0, nodes.Count).FirstOrDefault(index => nodes[index].Layer is Input && !used.Contains(index), -1) is >= 0 and int unused)
        {
            throw new InvalidOperationException(
                $"No output of the network depends on Input '{nodes[unused].Name}'. Leave it out of the inputs, or apply a layer to it.");
        }
    }
}
