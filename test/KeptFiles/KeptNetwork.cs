using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers;

namespace KeptFiles;

/// <summary>A network's graph as JSON, with every parameter of every layer.</summary>
internal static class KeptNetwork
{
    internal static JsonObject Of(Network network) => new()
    {
        ["text"] = network.ToString(),
        ["nodes"] = new JsonArray([.. network.Graph.Nodes.Select(node => new JsonObject { ["name"] = node.Name, ["parameters"] = KeptComponents.Parameters(node.Layer) })]),
    };
}
