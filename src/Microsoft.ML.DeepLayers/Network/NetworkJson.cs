using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Network definitions as JSON: <c>{ "type": "Sequential", "layers": [ { "type": "Dense", "units": 64, "activation": "ReLU" } ] }</c>.
/// </summary>
internal static class NetworkJson
{
    internal static string Write(Network network)
    {
        // Written is used: the definition is checked and frozen.
        _ = network.Graph;
        return network switch
        {
            Sequential sequential => new JsonObject
            {
                ["type"] = nameof(Sequential),
                ["layers"] = JsonSerializer.SerializeToNode(sequential.ToArray(), ComponentJson.Options),
            }.ToJsonString(ComponentJson.Options),
            _ => throw new NotSupportedException($"A network of type {network.GetType().Name} cannot be written as JSON."),
        };
    }

    internal static Network Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var root = JsonNode.Parse(json, null, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new FormatException("A network is a JSON object: { \"type\": \"Sequential\", \"layers\": [ ... ] }.");
            string? unknown = root.Select(member => member.Key).FirstOrDefault(name => name is not ("type" or "layers"));
            if (unknown is not null)
            {
                throw new FormatException($"A network has \"type\" and \"layers\", but \"{unknown}\" was found.");
            }

            string type = root["type"]?.GetValue<string>() ?? nameof(Sequential);
            if (type != nameof(Sequential))
            {
                throw new FormatException($"The network's type is '{type}', but only 'Sequential' is known.");
            }

            JsonArray layers = root["layers"] as JsonArray
                ?? throw new FormatException("The network has no \"layers\": [ ... ].");
            return new Sequential(layers.Select((node, index) => ReadLayer(node, index)));
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

    private static Layer ReadLayer(JsonNode? node, int index)
    {
        try
        {
            return node.Deserialize<Layer>(ComponentJson.Options)
                ?? throw new FormatException($"layers[{index}] is null.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new FormatException($"layers[{index}] cannot be read: {exception.Message}", exception);
        }
    }
}
