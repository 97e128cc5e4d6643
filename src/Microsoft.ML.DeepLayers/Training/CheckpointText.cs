using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What a callback remembered.</summary>
internal sealed record CallbackState(string Type, Dictionary<string, double> State);

/// <summary>What a checkpoint says in words and single numbers.</summary>
internal sealed record CheckpointText
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public required int Seed { get; init; }

    public required int FirstEpoch { get; init; }

    public required int Epoch { get; init; }

    public required long Batch { get; init; }

    public required long TotalBatches { get; init; }

    public required long Steps { get; init; }

    public required int Pending { get; init; }

    /// <summary>The scale of the loss, in float16.</summary>
    public double? LossScale { get; init; }

    public int GoodSteps { get; init; }

    public required double[] Sums { get; init; }

    public required long Examples { get; init; }

    public required double LearningRateFactor { get; init; }

    public required bool StopRequested { get; init; }

    public required int? KeptEpoch { get; init; }

    public required string History { get; init; }

    public required IReadOnlyList<CallbackState> Callbacks { get; init; }

    public required CheckpointSettings Settings { get; init; }

    /// <summary>Reads and checks the text of a checkpoint.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The text, and the history within it.</returns>
    /// <exception cref="JsonException">The text is damaged; the message says where.</exception>
    internal static (CheckpointText Text, History History) Read(string json)
    {
        CheckpointText text = JsonSerializer.Deserialize<CheckpointText>(json, Options) ?? throw new JsonException("it is empty.");
        text.CheckParts();
        History history = HistoryJson.Read(text.History);
        text.CheckNumbers();
        text.CheckPlace(history);
        return (text, history);
    }

    /// <summary>JSON may say null for anything.</summary>
    private void CheckParts()
    {
        Demand(Sums is not null, $"it has no sums.");
        Demand(History is not null, $"it has no history.");
        Demand(Callbacks is not null && Callbacks.All(callback => callback is { Type: not null, State: not null }), $"a callback has no type or no state.");
        Demand(
            Settings is { Network: not null, Optimizer: not null, Data: not null, Precision: not null, Sampling: not null },
            $"its settings lack the network, the optimizer, the data, the precision or the sampling.");
    }

    private void CheckNumbers()
    {
        Demand(Batch >= 0 && TotalBatches >= Batch, $"it stands at batch {Batch} of an epoch, after {TotalBatches} batches in all.");
        Demand(Steps >= 0 && Steps <= TotalBatches, $"it has taken {Steps} steps with {TotalBatches} batches.");
        Demand(Pending >= 0 && Pending <= TotalBatches, $"{Pending} batches of {TotalBatches} wait for a step.");
        Demand(LossScale is null or (> 0 and < double.PositiveInfinity), $"the loss is multiplied by {LossScale}.");
        Demand(GoodSteps is >= 0 and < Training.LossScale.GrowthSteps, $"{GoodSteps} steps were good since the scale of the loss changed.");
        Demand(Examples >= 0, $"it has summed over {Examples} examples.");
        Demand(LearningRateFactor is > 0 and < double.PositiveInfinity, $"the learning rate is multiplied by {LearningRateFactor}.");
    }

    /// <summary>The history must lead to where training stands.</summary>
    private void CheckPlace(History history)
    {
        Demand(FirstEpoch >= 1 && Epoch >= FirstEpoch && Epoch < int.MaxValue, $"it stands in epoch {Epoch} of a training from epoch {FirstEpoch}.");
        int last = 0;
        foreach (EpochResult epoch in history.Epochs)
        {
            Demand(epoch.Epoch > last, $"epoch {epoch.Epoch} of its history comes after epoch {last}.");
            Demand(epoch.Metrics.ContainsKey("loss"), $"epoch {epoch.Epoch} of its history has no loss.");
            last = epoch.Epoch;
        }

        // A training that failed at the end of an epoch has that epoch, too.
        Demand(
            history.Epochs.Count == 0 ? Epoch == FirstEpoch && (Batch > 0 || !StopRequested) : last == Epoch - 1 || (last == Epoch && Batch > 0),
            $"its history ends with epoch {last}, but it stands in epoch {Epoch}.");
        Demand(KeptEpoch is null || (KeptEpoch >= 1 && KeptEpoch <= Epoch), $"it has kept the weights of epoch {KeptEpoch}, but stands in epoch {Epoch}.");
    }

    private static void Demand(bool condition, FormattableString problem)
    {
        if (!condition)
        {
            throw new JsonException(FormattableString.Invariant(problem));
        }
    }
}
