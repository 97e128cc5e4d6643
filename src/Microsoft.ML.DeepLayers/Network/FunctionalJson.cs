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
        : throw new FormatException($"In {what}, the name of a node was expected, but {node?.ToJsonString() ?? "null"} was found.");

    /// <summary>Makes the calls of layers that nodes stand for, in whatever order they are written.</summary>
    private sealed class Reader
    {
        private readonly Dictionary<string, JsonObject> nodes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, LayerOutput> made = new(StringComparer.Ordinal);
        private readonly List<string> open = [];

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
            int bracket = reference.EndsWith(']') ? reference.LastIndexOf('[') : -1;
            string name = bracket < 0 ? reference : reference[..bracket];
            int index = 0;
            if (bracket >= 0 && !int.TryParse(reference.AsSpan()[(bracket + 1)..^1], out index))
            {
                throw new FormatException($"'{reference}', read by {reader}, is no output of a node: it is a name, or a name with a number, e.g. lstm[1].");
            }

            LayerOutput first = Node(name, reader);
            return index >= 0 && index < first.Call.Outputs.Count
                ? first.Output(index)
                : throw new FormatException($"'{reference}', read by {reader}, does not exist: '{name}' has {first.Call.Outputs.Count} output(s), counted from 0.");
        }

        private LayerOutput Node(string name, string reader)
        {
            if (made.TryGetValue(name, out LayerOutput? output))
            {
                return output;
            }

            if (!nodes.TryGetValue(name, out JsonObject? json))
            {
                throw new FormatException($"Node '{name}', read by {reader}, does not exist. There are: {string.Join(", ", nodes.Keys)}.");
            }

            if (open.Contains(name))
            {
                throw new FormatException($"The nodes read each other in a circle: {string.Join(" ← ", open.SkipWhile(node => node != name))} ← {name}.");
            }

            open.Add(name);
            output = Make(name, json);
            open.Remove(name);
            made.Add(name, output);
            return output;
        }

        private LayerOutput Make(string name, JsonObject json)
        {
            Layer layer = (json["layer"], json["sharedWith"]) switch
            {
                ({ } own, null) => NetworkJson.ReadLayer(own, $"node '{name}'") is var read && read.Name is null
                    ? read with { Name = name }
                    : throw new FormatException($"Node '{name}' has a name of its own within its layer, too: leave that one out."),
                (null, { } owner) => Node(Text(owner, $"node '{name}'"), $"node '{name}'").Call.Layer,
                _ => throw new FormatException($"Node '{name}' needs either a \"layer\" or \"sharedWith\", the name of a node."),
            };
            LayerOutput[] inputs = [.. (json[InputsMember] as JsonArray ?? []).Select(input => Output(Text(input, $"the inputs of node '{name}'"), $"node '{name}'"))];
            if (layer is Input input)
            {
                return inputs.Length == 0 ? input : throw new FormatException($"Node '{name}' is an Input, which reads no other node.");
            }

            return inputs.Length > 0
                ? layer.Apply(inputs)
                : throw new FormatException($"Node '{name}' reads nothing: it needs \"inputs\": [ ... ].");
        }
    }
}
