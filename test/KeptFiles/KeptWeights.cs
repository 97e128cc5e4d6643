using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers;

namespace KeptFiles;

/// <summary>A set of weights as JSON: names in their order, shapes, values, and what a file says besides.</summary>
internal static class KeptWeights
{
    internal static JsonObject Of(NetworkWeights weights) => new()
    {
        ["metadata"] = new JsonObject(weights.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        ["tensors"] = new JsonArray([.. weights.Select(tensor => new JsonObject
        {
            ["name"] = tensor.Name,
            ["shape"] = KeptJson.Value(tensor.Shape),
            ["values"] = KeptJson.Value(tensor.Values.ToArray()),
        })]),
    };
}
