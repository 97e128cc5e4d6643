using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
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
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequiredValues.Demand } },
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
        if (content is { IsWhole: true, Network: { } outline })
        {
            CheckPositions(outline);
        }

        return content is { Epochs: { } epochs, IsWhole: true }
            ? new History(epochs, content.BestEpoch)
            {
                WasCancelled = content.WasCancelled,
                Evaluation = content.Evaluation ?? [],
                Environment = content.Environment,
                Outline = content.Network,
                OptionsJson = content.Options,
            }
            : throw new JsonException("a history has \"epochs\" with \"metrics\", and no list or part of it is null.");
    }

    /// <summary>Each layer reads layers before it.</summary>
    private static void CheckPositions(NetworkOutline outline)
    {
        bool isInOrder = outline.Nodes.Select((node, position) => node.Inputs.All(read => read >= 0 && read < position)
            && (node.SharedWith is not { } owner || (owner >= 0 && owner < outline.Nodes.Count))).All(isRight => isRight);
        if (!isInOrder || outline.Outputs.Any(output => output.Node < 0 || output.Node >= outline.Nodes.Count))
        {
            throw new JsonException("\"network\" names layers that it does not have, or that come later.");
        }
    }

    private sealed record Content(IReadOnlyList<EpochResult> Epochs, int? BestEpoch, bool WasCancelled = false)
    {
        // Models of earlier versions have none of these.
        public IReadOnlyList<EvaluationSummary>? Evaluation { get; init; }

        public TrainingEnvironment? Environment { get; init; }

        public NetworkOutline? Network { get; init; }

        public string? Options { get; init; }

        /// <summary>JSON may say null for what never is.</summary>
        [JsonIgnore]
        public bool IsWhole => Epochs is not null && Epochs.All(epoch => epoch is { Metrics: not null })
            && (Evaluation is null || Evaluation.All(IsWholeEvaluation))
            && (Environment is null or { LibraryVersion: not null, TorchSharpVersion: not null, Framework: not null, Device: not null, OperatingSystem: not null })
            && (Network is null || IsWholeOutline(Network));

        private static bool IsWholeEvaluation(EvaluationSummary? evaluation) =>
            evaluation is { ClassNames: { } names, ConfusionMatrix: { } matrix, Calibration: { } bins, Fits: { } fits, Sample: not null, WorstExamples: { } worst }
            && names.All(name => name is not null) && matrix.All(row => row is not null) && bins.All(bin => bin is not null) && fits.All(fit => fit is not null)
            && worst.All(example => example is { Label: not null, Prediction: not null });

        private static bool IsWholeOutline(NetworkOutline network) => network is { Nodes: { } nodes, Outputs: { } outputs }
            && nodes.All(node => node is { Name: not null, Type: not null, Shape: not null, Inputs: not null })
            && outputs.All(output => output is { Name: not null });
    }
}
