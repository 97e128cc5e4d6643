using System.Text.Json.Nodes;
using Microsoft.ML.DeepLayers;

namespace KeptFiles;

/// <summary>The figures of a training as JSON, without the times that it took.</summary>
internal static class KeptHistory
{
    internal static JsonArray Of(History history) => new([.. history.Epochs.Select(epoch => new JsonObject
    {
        ["epoch"] = epoch.Epoch,
        ["learningRate"] = KeptJson.Value(epoch.LearningRate),
        ["metrics"] = new JsonObject(epoch.Metrics.Select(metric => KeyValuePair.Create(metric.Key, KeptJson.Value(metric.Value)))),
    })]);
}
