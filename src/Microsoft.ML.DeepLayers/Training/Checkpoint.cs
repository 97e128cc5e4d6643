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

    private Checkpoint(NetworkWeights content, CheckpointText text, History history)
    {
        (this.content, this.text) = (content, text);
        History = history;
    }

    /// <summary>The file, for messages.</summary>
    private string Path { get; init; } = "";

    internal int Seed => text.Seed;

    internal int FirstEpoch => text.FirstEpoch;

    internal EpochPosition Position => new(text.Epoch, text.Batch, text.TotalBatches);

    internal History History { get; }

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
            (CheckpointText text, History history) = CheckpointText.Read(
                content.Metadata.GetValueOrDefault(FormatKey) ?? throw new JsonException("it has no state of a training."));
            return new Checkpoint(content, text, history) { Path = path };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
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
        return new Checkpoint(new NetworkWeights(tensors, metadata), text, history);
    }

    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    internal void Save(string path) => content.SaveSafeTensors(path);

    /// <summary>Checks that a run is the one that was interrupted.</summary>
    /// <exception cref="InvalidOperationException">A setting or the data is another one; the message names it.</exception>
    /// <exception cref="FormatException">The checkpoint is damaged: it stands where this training never comes.</exception>
    internal void Check(TrainingPlan plan)
    {
        if (text.Settings.Difference(CheckpointSettings.Of(plan)) is { } difference)
        {
            throw new InvalidOperationException(
                $"The checkpoint is of another training: {difference} To begin a new training from its weights, use {nameof(NeuralNetworkOptions.InitialWeights)}.");
        }

        int accumulated = plan.Options.Optimizer.GradientAccumulationSteps;
        Demand(text.Pending < accumulated, $"{text.Pending} batches wait for a step, which takes {accumulated}");
        if (plan.BatchesPerEpoch is { } batches)
        {
            long epochs = (long)text.Epoch - text.FirstEpoch + (text.Batch > 0 ? 1 : 0);
            Demand(
                text.Batch <= batches && text.TotalBatches <= epochs * batches,
                $"it stands at batch {text.Batch} of an epoch, after {text.TotalBatches} batches in all, where an epoch has {batches}");
        }
    }

    /// <summary>Gives a network the weights, and checks the kept ones.</summary>
    /// <exception cref="FormatException">They are not those of the network.</exception>
    internal void LoadWeights(TorchNetwork network)
    {
        Guard("its weights", () => network.Load(Weights));
        if (text.KeptEpoch is not null)
        {
            Guard("its kept weights", () => network.Check(Under(KeptPrefix)));
        }
    }

    /// <summary>Checks all numbers that <see cref="Restore"/> takes, so that none of another size reaches libtorch.</summary>
    /// <exception cref="FormatException">Numbers are missing, or there are more or fewer than the run has.</exception>
    internal void CheckNumbers(TrainingStep step, EpochMeter meter)
    {
        IEnumerable<(string, Tensor)> numbers = step.Optimizer.Slots.Select(slot => (SlotPrefix + slot.Key, slot.Value));
        numbers = step.Average is { } average ? numbers.Append((AverageName, average.Average)) : numbers;
        numbers = text.Pending > 0 ? numbers.Append((GradientsName, step.Parameters.Gradients)) : numbers;
        foreach ((string name, Tensor place) in numbers)
        {
            int found = content.TryGet(name, out WeightTensor? saved) ? saved.Values.Length : 0;
            Demand(found == place.numel(), $"'{name}' has {found} numbers instead of {place.numel()}");
        }

        Demand(text.Sums.Length == meter.Size, $"it has {text.Sums.Length} sums of losses and metrics instead of {meter.Size}");
    }

    /// <summary>Puts a run where the interrupted one stood. The weights it has already, and its numbers are checked.</summary>
    /// <exception cref="FormatException">A callback cannot take up its state.</exception>
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

        RestoreCallbacks(parts);
    }

    /// <summary>Callbacks that have come or gone since begin anew.</summary>
    private void RestoreCallbacks(CheckpointParts parts)
    {
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
            Guard($"the state of {state.Type}", () =>
            {
                if (Under(place) is { Count: > 0 } weights)
                {
                    run.SetWeights(weights);
                }

                if (state.State.Count > 0)
                {
                    run.SetState(state.State);
                }
            });
        }
    }

    private FormatException Damaged(string problem, Exception? inner = null) =>
        new($"'{Path}' is a damaged checkpoint: {problem}. Begin anew, or resume from another one.", inner);

    private void Demand(bool condition, FormattableString problem)
    {
        if (!condition)
        {
            throw Damaged(FormattableString.Invariant(problem));
        }
    }

    /// <summary>Hands content to others, whose exceptions say that it is damaged. Callbacks of the application may look up what is missing.</summary>
    private void Guard(string what, Action take)
    {
        try
        {
            take();
        }
        catch (Exception exception) when (exception is WeightMismatchException or FormatException or KeyNotFoundException or OverflowException or ArgumentException)
        {
            throw Damaged($"{what}: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    private static string CallbackPlace(int index) => string.Create(CultureInfo.InvariantCulture, $"{CallbackPrefix}{index}/");

    private static IEnumerable<WeightTensor> Renamed(NetworkWeights weights, string prefix) =>
        weights.Select(tensor => new WeightTensor(prefix + tensor.Name, tensor.Shape, tensor.Values.Span));

    /// <summary>The weights that were saved under a prefix, under their own names.</summary>
    private NetworkWeights Under(string prefix) => new(content
        .Where(tensor => tensor.Name.Length > prefix.Length && tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
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
