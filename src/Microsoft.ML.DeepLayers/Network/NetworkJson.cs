using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Network definitions as JSON: <c>{ "type": "Sequential", "layers": [ { "type": "Dense", "units": 64, "activation": "ReLU" } ] }</c>,
/// or a graph, see <see cref="FunctionalJson"/>.
/// </summary>
internal static class NetworkJson
{
    private static readonly JsonDocumentOptions ReadOptions = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = Nesting.MostJsonLevels,
    };

    internal static string Write(Network network) => ToNode(network).ToJsonString(ComponentJson.Options);

    internal static Network Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return FromNode(JsonNode.Parse(json, null, ReadOptions));
        }
        catch (JsonException exception)
        {
            throw new FormatException($"The network is not valid JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"The network cannot be read: {exception.Message}", exception);
        }
    }

    internal static JsonObject ToNode(Network network)
    {
        // Written is used: the definition is checked and frozen.
        NetworkGraph definition = network.Definition;
        return network is Sequential sequential
            ? new JsonObject
            {
                ["type"] = nameof(Sequential),
                ["layers"] = JsonSerializer.SerializeToNode(sequential.ToArray(), ComponentJson.Options),
            }
            : FunctionalJson.Write(definition);
    }

    internal static Network FromNode(JsonNode? node)
    {
        var root = node as JsonObject
            ?? throw new FormatException("A network is a JSON object: { \"type\": \"Sequential\", \"layers\": [ ... ] }.");
        string type = root["type"]?.GetValue<string>() ?? nameof(Sequential);
        return type switch
        {
            nameof(Sequential) => ReadSequential(root),
            nameof(Network) => FunctionalJson.Read(root),
            _ => throw new FormatException($"The network's type is '{type}', but only 'Sequential' and 'Network' are known."),
        };
    }

    /// <summary>Refuses members that mean nothing, which are mostly typing errors.</summary>
    internal static void CheckMembers(JsonObject json, string what, params string[] known)
    {
        if (json.Select(member => member.Key).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new FormatException($"{what} has \"{string.Join("\", \"", known[..^1])}\" and \"{known[^1]}\", but \"{unknown}\" was found.");
        }
    }

    /// <summary>Reads a layer; <paramref name="place"/> says where it stands.</summary>
    internal static Layer ReadLayer(JsonNode? node, string place)
    {
        try
        {
            return node.Deserialize<Layer>(ComponentJson.Options)
                ?? throw new FormatException($"{place} is null.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"{place} cannot be read: {exception.Message}", exception);
        }
    }

    private static Sequential ReadSequential(JsonObject root)
    {
        CheckMembers(root, "A network", "type", "layers");
        JsonArray layers = root["layers"] as JsonArray
            ?? throw new FormatException("The network has no \"layers\": [ ... ].");
        Nesting.CheckCount(layers.Count);
        return new Sequential(layers.Select((node, index) => ReadLayer(node, $"layers[{index}]")));
    }
}
