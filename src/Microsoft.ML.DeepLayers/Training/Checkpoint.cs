using System.Globalization;
using System.Text.Json;
using Microsoft.ML.DeepLayers.Persistence;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Where a training stood, as a safetensors file: the weights under their own names; what the optimizer remembers, and other
/// numbers of that kind, under names that begin with <c>training:</c>; and the rest as text in the file's metadata. Random
/// numbers need no place: they follow from the seed and the place alone (<see cref="StepSeed"/>).
/// </summary>
internal sealed class Checkpoint
{
    private const string FormatKey = "deeplayers_checkpoint";
    private const string Prefix = "training:";
    private const string SlotPrefix = $"{Prefix}optimizer/";
    private const string KeptPrefix = $"{Prefix}kept/";
    private const string CallbackPrefix = $"{Prefix}callback";
    private const string AverageName = $"{Prefix}average";
    private const string GradientsName = $"{Prefix}gradients";

    private readonly NetworkWeights content;
    private readonly CheckpointText text;

    private Checkpoint(NetworkWeights content, CheckpointText text) => (this.content, this.text) = (content, text);

    internal int Seed => text.Seed;

    internal int FirstEpoch => text.FirstEpoch;

    internal EpochPosition Position => new(text.Epoch, text.Batch, text.TotalBatches);

    internal History History => HistoryJson.Read(text.History);

    /// <summary>The network's weights.</summary>
    internal NetworkWeights Weights => new(content.Where(tensor => !tensor.Name.StartsWith(Prefix, StringComparison.Ordinal)));

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="FormatException">The file is damaged, or no checkpoint.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static Checkpoint Load(string path)
    {
        var content = NetworkWeights.LoadSafeTensors(path);
        try
        {
            return content.Metadata.TryGetValue(FormatKey, out string? json)
                ? new Checkpoint(content, JsonSerializer.Deserialize<CheckpointText>(json, CheckpointText.Options) ?? throw new JsonException("it is empty."))
                : throw new JsonException("it has no state of a training.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"'{path}' is no checkpoint that {nameof(TrainingRun)}.{nameof(TrainingRun.SaveCheckpoint)} wrote, or one of another version: {exception.Message}", exception);
        }
    }

    /// <summary>Takes down where a run stands.</summary>
    internal static Checkpoint Capture(TrainingPlan plan, CheckpointParts parts, int firstEpoch, EpochPosition position, History history)
    {
        using DisposeScope scope = NewDisposeScope();
        // What is to be trained on are the weights themselves, not their average.
        bool usesAverage = parts.Step.Average?.IsInUse ?? false;
        parts.Step.Average?.Use(average: false);
        IEnumerable<(string, Tensor)> numbers = parts.Step.Optimizer.Slots.Select(slot => (SlotPrefix + slot.Key, slot.Value));
        numbers = parts.Step.Average is { } average ? numbers.Append((AverageName, average.Average)) : numbers;
        numbers = parts.Step.Pending > 0 ? numbers.Append((GradientsName, parts.Step.Parameters.Gradients)) : numbers;
        WeightTensor[] tensors =
        [
            .. parts.Network.Snapshot(),
            .. numbers.Select(named => Pack(named.Item1, named.Item2)),
            .. parts.Run.Kept is { } kept ? Renamed(kept.Weights, KeptPrefix) : [],
            .. parts.Callbacks.SelectMany((callback, i) => callback.GetWeights() is { } weights ? Renamed(weights, CallbackPlace(i)) : []),
        ];
        parts.Step.Average?.Use(usesAverage);
        (double[] sums, long examples) = parts.Meter.State;
        var text = new CheckpointText
        {
            Seed = plan.Seed,
            FirstEpoch = firstEpoch,
            Epoch = position.Epoch,
            Batch = position.Batch,
            TotalBatches = position.TotalBatches,
            Steps = parts.Step.Optimizer.Steps,
            Pending = parts.Step.Pending,
            LossScale = parts.Step.LossScale?.Factor,
            GoodSteps = parts.Step.LossScale?.GoodSteps ?? 0,
            Sums = sums,
            Examples = examples,
            LearningRateFactor = parts.Run.LearningRateFactor,
            StopRequested = parts.Run.StopRequested,
            KeptEpoch = parts.Run.Kept?.Epoch,
            History = HistoryJson.Write(history),
            Callbacks = [.. plan.AllCallbacks.Zip(parts.Callbacks, (callback, run) => new CallbackState(callback.GetType().Name, new Dictionary<string, double>(run.GetState())))],
            Settings = CheckpointSettings.Of(plan),
        };
        var metadata = new Dictionary<string, string> { [FormatKey] = JsonSerializer.Serialize(text, CheckpointText.Options) };
        return new Checkpoint(new NetworkWeights(tensors, metadata), text);
    }

    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    internal void Save(string path) => content.SaveSafeTensors(path);

    /// <summary>Checks that a run is the one that was interrupted.</summary>
    /// <exception cref="InvalidOperationException">A setting or the data is another one; the message names it.</exception>
    internal void Check(TrainingPlan plan)
    {
        if (text.Settings.Difference(CheckpointSettings.Of(plan)) is { } difference)
        {
            throw new InvalidOperationException(
                $"The checkpoint is of another training: {difference} To begin a new training from its weights, use {nameof(NeuralNetworkOptions.InitialWeights)}.");
        }
    }

    /// <summary>Puts a run where the interrupted one stood. The weights it has already.</summary>
    internal void Restore(CheckpointParts parts)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor slot) in parts.Step.Optimizer.Slots)
        {
            Unpack(SlotPrefix + name, slot);
        }

        if (parts.Step.Average is { } average)
        {
            Unpack(AverageName, average.Average);
        }

        parts.Step.Optimizer.Steps = text.Steps;
        parts.Step.Pending = text.Pending;
        if (text.Pending > 0)
        {
            Unpack(GradientsName, parts.Step.Parameters.Gradients);
        }

        if (parts.Step.LossScale is { } scale)
        {
            (scale.Factor, scale.GoodSteps) = (text.LossScale ?? scale.Factor, text.GoodSteps);
        }

        parts.Meter.State = (text.Sums, text.Examples);
        parts.Run.LearningRateFactor = text.LearningRateFactor;
        parts.Run.StopRequested = text.StopRequested;
        if (text.KeptEpoch is { } epoch)
        {
            parts.Run.Kept = (Under(KeptPrefix), epoch);
        }

        // Callbacks that have come or gone since begin anew.
        List<(CallbackState State, string Place)> states = [.. text.Callbacks.Select((state, i) => (state, CallbackPlace(i)))];
        foreach ((Callback callback, CallbackRun run) in parts.CallbackSettings.Zip(parts.Callbacks))
        {
            int found = states.FindIndex(state => state.State.Type == callback.GetType().Name);
            if (found < 0)
            {
                continue;
            }

            (CallbackState state, string place) = states[found];
            states.RemoveAt(found);
            if (Under(place) is { Count: > 0 } weights)
            {
                run.SetWeights(weights);
            }

            if (state.State.Count > 0)
            {
                run.SetState(state.State);
            }
        }
    }

    private static string CallbackPlace(int index) => string.Create(CultureInfo.InvariantCulture, $"{CallbackPrefix}{index}/");

    private static IEnumerable<WeightTensor> Renamed(NetworkWeights weights, string prefix) =>
        weights.Select(tensor => new WeightTensor(prefix + tensor.Name, tensor.Shape, tensor.Values.Span));

    /// <summary>The weights that were saved under a prefix, under their own names.</summary>
    private NetworkWeights Under(string prefix) => new(content
        .Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(tensor => new WeightTensor(tensor.Name[prefix.Length..], tensor.Shape, tensor.Values.Span)));

    private static WeightTensor Pack(string name, Tensor tensor) => WeightTensor.Over(
        name, new Shape((int)tensor.numel()), tensor.detach().cpu().to(ScalarType.Float32).data<float>().ToArray());

    private void Unpack(string name, Tensor tensor) =>
        tensor.copy_(torch.tensor(content[name].Values.ToArray()).reshape(tensor.shape));
}

/// <summary>What a checkpoint is taken of.</summary>
internal sealed record CheckpointParts(
    TorchNetwork Network, TrainingStep Step, EpochMeter Meter, IReadOnlyList<CallbackRun> Callbacks, TrainingRun Run)
{
    /// <summary>The callbacks' settings, in the same order.</summary>
    internal IReadOnlyList<Callback> CallbackSettings { get; init; } = [];
}

/// <summary>What a callback remembered.</summary>
internal sealed record CallbackState(string Type, Dictionary<string, double> State);

/// <summary>What a checkpoint says in words and single numbers.</summary>
internal sealed record CheckpointText
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
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
}

/// <summary>The settings that must be the same for a training to go on.</summary>
internal sealed record CheckpointSettings
{
    public required string Network { get; init; }

    public required string Optimizer { get; init; }

    public required int BatchSize { get; init; }

    public required bool Shuffle { get; init; }

    /// <summary>A name, for checkpoints outlive the numbers behind it.</summary>
    public string Precision { get; init; } = nameof(TrainingPrecision.Float32);

    public required long? TrainingExamples { get; init; }

    /// <summary>Tells other data from these, as far as a sample of it does.</summary>
    public required string Data { get; init; }

    /// <summary>Not in files of versions that had no such setting; so with those that follow.</summary>
    public string Sampling { get; init; } = nameof(ExampleSampling.Uniform);

    public string? ClassWeights { get; init; }

    public bool StratifiedValidation { get; init; }

    public string? SamplingKeyColumnName { get; init; }

    internal static CheckpointSettings Of(TrainingPlan plan) => new()
    {
        // The weights' names and shapes are the network as far as a checkpoint can tell; layers without weights may differ.
        Network = string.Join(", ", plan.Graph.Weights(plan.Shapes).Select(weight => $"{weight.FullName} {weight.Spec.Shape}")),
        Optimizer = plan.Options.Optimizer.ToString(),
        BatchSize = plan.Options.BatchSize,
        Shuffle = plan.Options.Shuffle,
        Precision = plan.Options.Precision.ToString(),
        TrainingExamples = plan.Examples.Training.Count,
        Data = plan.Examples.Training.Fingerprint,
        Sampling = plan.Options.Sampling.ToString(),
        ClassWeights = plan.Options.Outputs.Any(output => output.ClassWeights is not null)
            ? string.Join("; ", plan.Options.Outputs.Select(output => $"{output.Name}: {output.ClassWeights}"))
            : plan.Options.ClassWeights?.ToString(),
        StratifiedValidation = plan.Options.StratifiedValidation,
        SamplingKeyColumnName = plan.Options.SamplingKeyColumnName,
    };

    /// <summary>What differs first, in words.</summary>
    internal string? Difference(CheckpointSettings now)
    {
        string? Differs(string what, object? then, object? today) => Equals(then, today)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{what} was {then ?? "streamed"} and is {today ?? "streamed"}.");
        string? Changes(string setting, string? then, string? today) => Differs(setting, then ?? "not set", today ?? "not set");
        return Differs("the network", Network, now.Network)
            ?? Differs(nameof(NeuralNetworkOptions.Optimizer), Optimizer, now.Optimizer)
            ?? Differs(nameof(NeuralNetworkOptions.BatchSize), BatchSize, now.BatchSize)
            ?? Differs(nameof(NeuralNetworkOptions.Shuffle), Shuffle, now.Shuffle)
            ?? Differs(nameof(NeuralNetworkOptions.Precision), Precision, now.Precision)
            ?? Differs("the number of training examples", TrainingExamples, now.TrainingExamples)
            ?? Differs(nameof(NeuralNetworkOptions.Sampling), Sampling, now.Sampling)
            ?? Changes(nameof(NeuralNetworkOptions.ClassWeights), ClassWeights, now.ClassWeights)
            ?? Differs(nameof(NeuralNetworkOptions.StratifiedValidation), StratifiedValidation, now.StratifiedValidation)
            ?? Changes(nameof(NeuralNetworkOptions.SamplingKeyColumnName), SamplingKeyColumnName, now.SamplingKeyColumnName)
            ?? (Data == now.Data ? null : "the training data has other values.");
    }
}
