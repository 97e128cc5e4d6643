using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers.Persistence;

/// <summary>A history as JSON: <c>{ "epochs": [ { "epoch": 1, "metrics": { "loss": 0.5 }, ... } ], "bestEpoch": 1 }</c>.</summary>
internal static class HistoryJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // A training that went wrong has NaN and infinity for metrics, and is kept as it was.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    internal static string Write(History history) => JsonSerializer.Serialize(
        new Content(history.Epochs, history.BestEpoch, history.WasCancelled)
        {
            Evaluation = history.Evaluation.Count > 0 ? history.Evaluation : null,
            Environment = history.Environment,
            Network = history.Outline,
            Options = history.OptionsJson,
        },
        Options);

    /// <exception cref="JsonException">The text is no history.</exception>
    internal static History Read(string json)
    {
        Content? content = JsonSerializer.Deserialize<Content>(json, Options);
        return content?.Epochs is { } epochs
            ? new History(epochs, content.BestEpoch)
            {
                WasCancelled = content.WasCancelled,
                Evaluation = content.Evaluation ?? [],
                Environment = content.Environment,
                Outline = content.Network,
                OptionsJson = content.Options,
            }
            : throw new JsonException("a history has \"epochs\".");
    }

    private sealed record Content(IReadOnlyList<EpochResult> Epochs, int? BestEpoch, bool WasCancelled = false)
    {
        // Models of earlier versions have none of these.
        public IReadOnlyList<EvaluationSummary>? Evaluation { get; init; }

        public TrainingEnvironment? Environment { get; init; }

        public NetworkOutline? Network { get; init; }

        public string? Options { get; init; }
    }
}
