using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A graph of layers as JSON. Each node has a name, a layer (or the name of the node whose layer it applies again), and
/// the names of what it reads; <c>lstm[1]</c> is the second output of <c>lstm</c>:
/// <code>
/// { "type": "Network",
///   "nodes": [
///     { "name": "a", "layer": { "type": "Input", "shape": [8] } },
///     { "name": "dense", "layer": { "type": "Dense", "units": 8 }, "inputs": ["a"] },
///     { "name": "dense:2", "sharedWith": "dense", "inputs": ["dense"] },
///     { "name": "sum", "layer": "Add", "inputs": ["a", "dense:2"] } ],
///   "inputs": ["a"],
///   "outputs": { "sum": "sum" } }
/// </code>
/// </summary>
internal static class FunctionalJson
{
    private const string InputsMember = "inputs";

    /// <summary>How many names a message lists.</summary>
    private const int ShownNames = 20;

    internal static JsonObject Write(NetworkGraph graph)
    {
        string Reference(NodeOutput output) => output.Output == 0
            ? graph.Nodes[output.Node].Name
            : $"{graph.Nodes[output.Node].Name}[{output.Output}]";

        var nodes = new JsonArray();
        foreach (GraphNode node in graph.Nodes)
        {
            var json = new JsonObject { ["name"] = node.Name };
            if (node.SharedWith is { } owner)
            {
                json["sharedWith"] = graph.Nodes[owner].Name;
            }
            else
            {
                json["layer"] = JsonSerializer.SerializeToNode(node.Layer with { Name = null }, ComponentJson.Options);
            }

            if (node.Inputs.Count > 0)
            {
                json[InputsMember] = new JsonArray([.. node.Inputs.Select(input => JsonValue.Create(Reference(input)))]);
            }

            nodes.Add(json);
        }

        return new JsonObject
        {
            ["type"] = nameof(Network),
            ["nodes"] = nodes,
            [InputsMember] = new JsonArray([.. graph.Inputs.Select(input => JsonValue.Create(graph.Nodes[input].Name))]),
            ["outputs"] = new JsonObject(graph.Outputs.Zip(
                graph.OutputNames, (output, name) => KeyValuePair.Create<string, JsonNode?>(name, Reference(output)))),
        };
    }

    internal static Network Read(JsonObject root)
    {
        NetworkJson.CheckMembers(root, "A network", "type", "nodes", InputsMember, "outputs");
        var reader = new Reader(root["nodes"] as JsonArray ?? throw new FormatException("The network has no \"nodes\": [ ... ]."));
        JsonArray inputs = root[InputsMember] as JsonArray ?? throw new FormatException("The network has no \"inputs\": [ ... ].");
        JsonObject outputs = root["outputs"] as JsonObject ?? throw new FormatException("The network has no \"outputs\": { \"name\": \"node\" }.");
        Input[] entries = [.. inputs.Select(input => reader.Output(Text(input, "inputs"), "the network's inputs").Call.Layer as Input
            ?? throw new FormatException($"The network's input '{input}' is no Input."))];
        return new Network(entries, outputs.ToDictionary(
            output => output.Key, output => reader.Output(Text(output.Value, $"output '{output.Key}'"), $"output '{output.Key}'")));
    }

    private static string Text(JsonNode? node, string what) => node is JsonValue value && value.TryGetValue(out string? text)
        ? text
        : throw new FormatException($"In {what}, the name of a node was expected, but {ComponentJson.Shown(node?.ToJsonString() ?? "null")} was found.");

    /// <summary>Makes the calls of layers that nodes stand for, in whatever order they are written; without recursion, because chains may be long.</summary>
    private sealed class Reader
    {
        private readonly Dictionary<string, JsonObject> nodes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, LayerOutput> made = new(StringComparer.Ordinal);

        internal Reader(JsonArray array)
        {
            for (int i = 0; i < array.Count; i++)
            {
                var node = array[i] as JsonObject ?? throw new FormatException($"nodes[{i}] is not an object with a name and a layer.");
                NetworkJson.CheckMembers(node, $"nodes[{i}]", "name", "layer", "sharedWith", InputsMember);
                string name = Text(node["name"], $"nodes[{i}].name");
                if (!nodes.TryAdd(name, node))
                {
                    throw new FormatException($"Two nodes are named '{name}'.");
                }
            }
        }

        /// <summary>The output that a reference such as <c>lstm</c> or <c>lstm[1]</c> means.</summary>
        internal LayerOutput Output(string reference, string reader)
        {
            var read = NodeReference.Parse(reference, reader);
            MakeAll(read);
            return Made(read);
        }

        /// <summary>Makes a node, after all that it depends on.</summary>
        private void MakeAll(NodeReference root)
        {
            var open = new Stack<OpenNode>();
            var names = new HashSet<string>(StringComparer.Ordinal);
            Open(root);
            while (open.TryPeek(out OpenNode? node))
            {
                if (node.TryNext(out NodeReference? read))
                {
                    Open(read);
                    continue;
                }

                made.Add(node.Name, Make(node));
                open.Pop();
                names.Remove(node.Name);
            }

            void Open(NodeReference read)
            {
                if (made.ContainsKey(read.Name))
                {
                    return;
                }

                JsonObject json = nodes.GetValueOrDefault(read.Name)
                    ?? throw new FormatException($"Node '{read.Name}', read by {read.Reader}, does not exist. {Existing()}");
                if (!names.Add(read.Name))
                {
                    throw new FormatException($"The nodes read each other in a circle: {Circle(open, read.Name)}.");
                }

                open.Push(new OpenNode(read.Name, json));
            }
        }

        private LayerOutput Made(NodeReference read)
        {
            LayerOutput first = made[read.Name];
            return read.Index >= 0 && read.Index < first.Call.Outputs.Count
                ? first.Output(read.Index)
                : throw new FormatException($"'{read.Text}', read by {read.Reader}, does not exist: '{read.Name}' has {first.Call.Outputs.Count} output(s), counted from 0.");
        }

        private LayerOutput Make(OpenNode node)
        {
            string name = node.Name;
            Layer layer = node.Owner is { } owner
                ? made[owner.Name].Call.Layer
                : NetworkJson.ReadLayer(node.Json["layer"], $"node '{name}'") is var read && read.Name is null
                    ? read with { Name = name }
                    : throw new FormatException($"Node '{name}' has a name of its own within its layer, too: leave that one out.");
            LayerOutput[] inputs = [.. node.Inputs.Select(Made)];
            if (layer is Input input)
            {
                return inputs.Length == 0 ? input : throw new FormatException($"Node '{name}' is an Input, which reads no other node.");
            }

            return inputs.Length > 0
                ? layer.Apply(inputs)
                : throw new FormatException($"Node '{name}' reads nothing: it needs \"inputs\": [ ... ].");
        }

        private string Existing() => nodes.Count <= ShownNames
            ? $"There are: {string.Join(", ", nodes.Keys)}."
            : $"There are {nodes.Count}: {string.Join(", ", nodes.Keys.Take(ShownNames))}, ...";

        private static string Circle(Stack<OpenNode> open, string name)
        {
            string[] circle = [.. open.TakeWhile(node => node.Name != name).Select(node => node.Name).Reverse()];
            IEnumerable<string> shown = circle.Length <= ShownNames ? circle : [.. circle.Take(ShownNames), $"... ({circle.Length - ShownNames} more)"];
            return string.Join(" ← ", [name, .. shown, name]);
        }
    }

    /// <summary>A node whose inputs are being made.</summary>
    private sealed class OpenNode
    {
        private readonly NodeReference[] reads;
        private int next;

        internal OpenNode(string name, JsonObject json)
        {
            (Name, Json) = (name, json);
            if ((json["layer"] is null) == (json["sharedWith"] is null))
            {
                throw new FormatException($"Node '{name}' needs either a \"layer\" or \"sharedWith\", the name of a node.");
            }

            string reader = $"node '{name}'";
            Owner = json["sharedWith"] is { } owner ? new NodeReference(Text(owner, reader), Text(owner, reader), 0, reader) : null;
            Inputs = [.. (json[InputsMember] as JsonArray ?? []).Select(input => NodeReference.Parse(Text(input, $"the inputs of {reader}"), reader))];
            reads = Owner is null ? Inputs : [Owner, .. Inputs];
        }

        internal string Name { get; }

        internal JsonObject Json { get; }

        /// <summary>The node whose layer it applies again.</summary>
        internal NodeReference? Owner { get; }

        internal NodeReference[] Inputs { get; }

        /// <summary>The next node that it depends on, once.</summary>
        internal bool TryNext([NotNullWhen(true)] out NodeReference? read)
        {
            read = next < reads.Length ? reads[next++] : null;
            return read is not null;
        }
    }

    /// <summary>An output of a node, as another one names it.</summary>
    private sealed record NodeReference(string Text, string Name, int Index, string Reader)
    {
        internal static NodeReference Parse(string reference, string reader)
        {
            int bracket = reference.EndsWith(']') ? reference.LastIndexOf('[') : -1;
            if (bracket < 0)
            {
                return new NodeReference(reference, reference, 0, reader);
            }

            return int.TryParse(reference.AsSpan()[(bracket + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                ? new NodeReference(reference, reference[..bracket], index, reader)
                : throw new FormatException($"'{reference}', read by {reader}, is no output of a node: it is a name, or a name with a number, e.g. lstm[1].");
        }
    }
}
