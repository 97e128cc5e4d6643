using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>Goes through the data epoch by epoch, step by step. One instance is one run; it owns all native memory of it.</summary>
internal sealed class TrainingLoop : IRunningTraining, IDisposable
{
    private readonly TrainingPlan plan;
    private readonly TorchNetwork network;
    private readonly TrainingStep step;
    private readonly EpochMeter meter;
    private readonly BatchPipeline pipeline;
    private readonly BatchTensors tensors;
    private readonly DeviceExamples? deviceExamples;
    private readonly List<EpochResult> epochs;
    private readonly List<CallbackRun> callbacks = [];
    private readonly TrainingRun run;
    private readonly Stopwatch watch = new();
    private (int Epoch, double Loss)? best;
    private KeptWeights? bestWeights;
    private EpochPosition position;
    private (BatchTensorSet Batch, StepOutcome Outcome)? current;
    private int passes;

    private TrainingLoop(TrainingPlan plan)
    {
        this.plan = plan;
        epochs = [.. plan.Checkpoint?.History.Epochs ?? plan.InitialHistory?.Epochs ?? []];
        FirstEpoch = plan.Checkpoint?.FirstEpoch ?? (epochs.Count == 0 ? 1 : epochs[^1].Epoch + 1);
        position = plan.Checkpoint?.Position ?? new EpochPosition(FirstEpoch, 0, 0);
        network = new TorchNetwork(plan.Graph, plan.Shapes, plan.Device, precision: plan.Options.Precision);
        try
        {
            LoadWeights();
            step = new TrainingStep(plan, network);
            meter = new EpochMeter(plan.Objectives, [.. plan.Graph.Outputs.Select(output => (int)plan.Shapes[output].Size)], plan.Device);
            plan.Checkpoint?.CheckNumbers(step, meter);
            ExampleLayout layout = plan.Examples.Training.Layout;
            Shape[] shapes = [.. plan.Graph.Inputs.Select(input => plan.Shapes.Inputs[input][0])];
            pipeline = new BatchPipeline(layout, LargestBatch(plan));
            tensors = new BatchTensors(pipeline, shapes, plan.Device);
            deviceExamples = plan.HoldsExamplesOnDevice ?? DeviceExamples.CanHold(layout, plan.Device) ? new DeviceExamples(layout, shapes, plan.Device) : null;
            run = new TrainingRun(this, plan.Objectives, plan.HasValidation, plan.BatchesPerEpoch, plan.Log);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int FirstEpoch { get; }

    public int LastEpoch => (int)Math.Min((long)FirstEpoch + plan.Epochs - 1, int.MaxValue - 1);

    public long Steps => step.Optimizer.Steps;

    public double LearningRate => step.ScheduledRate * run.LearningRateFactor;

    /// <summary>Trains. Blocks until done.</summary>
    /// <exception cref="InvalidOperationException">The data is unusable, or training diverged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled before an epoch was done, or the model is not to be kept.</exception>
    internal static TrainingResult Run(TrainingPlan plan)
    {
        using DisposeScope scope = NewDisposeScope();
        using OpenMP.ThreadLimit threads = OpenMP.Limit(StepWork.Of(plan.Graph, plan.Shapes, LargestBatch(plan)).Threads);
        using var loop = new TrainingLoop(plan);
        // Modules of users draw from libtorch's own generator, which afterwards goes on as if nothing had been.
        using GlobalRandom? random = plan.Graph.CanExport ? null : GlobalRandom.Seed(plan.Seed, plan.Device);
        return loop.Run();
    }

    public void Dispose()
    {
        EachWhateverHappens(callback => callback.Dispose(), "could not close what it had opened");
        // What comes after a failure in the constructor does not exist.
        deviceExamples?.Dispose();
        tensors?.Dispose();
        meter?.Dispose();
        bestWeights?.Dispose();
        step?.Dispose();
        network.Dispose();
    }

    public IReadOnlyDictionary<string, double> ReadMetrics()
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        meter.Read(metrics, "");
        return metrics;
    }

    public NetworkWeights GetWeights() => network.Snapshot();

    public void SetWeights(NetworkWeights weights) => network.Load(weights, isPartial: true);

    public string? LocateNotFinite()
    {
        if (current is not var (batch, outcome) || NotFiniteSearch.IsFine(outcome.Losses.Total, step.Parameters))
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        return NotFiniteSearch.Locate(plan.Graph, network.Weights, step.Trace(batch, position.TotalBatches), step.Parameters, outcome.Losses.Total);
    }

    public IReadOnlySet<string> TrainableWeights =>
        network.Weights.Where(weight => weight.Spec.Trainable).Select(weight => weight.Name).ToHashSet(StringComparer.Ordinal);

    public void UpdateBatchNormalization()
    {
        if (passes > 0)
        {
            throw new InvalidOperationException($"{nameof(TrainingRun)}.{nameof(TrainingRun.UpdateBatchNormalization)} reads the training data: call it where an epoch or the training ends, not within an epoch.");
        }

        // Statistics of sorted examples would be those of no batch that was learned.
        Random? order = plan.Options.Shuffle && plan.Options.OverfitBatches == 0 ? new Random(StepSeed.Of(plan.Seed, SeedPurpose.Order, 0)) : null;
        var update = new StatisticsUpdate();
        long examples = 0;
        long number = 0;
        Pass(
            plan.Examples.Training.BeginEpoch(order),
            (batch, count) =>
            {
                update.Momentum = examples / (double)(examples + count);
                step.UpdateStatistics(batch, number++, update);
                examples += count;
            },
            stops: () => !update.IsUsed);
    }

    public void SaveCheckpoint(string path) =>
        Checkpoint.Capture(plan, Parts, FirstEpoch, position, new History(epochs)).Save(path);

    private CheckpointParts Parts => new(network, step, meter, callbacks, run) { CallbackSettings = [.. plan.AllCallbacks] };

    private void LoadWeights()
    {
        if (plan.Checkpoint is { } checkpoint)
        {
            checkpoint.LoadWeights(network);
        }
        else if (plan.InitialWeights is { } weights)
        {
            network.Load(weights);
        }
        else
        {
            network.Initialize(plan.Seed);
            if (plan.Options.InitialWeights is { } some)
            {
                network.Load(some, isPartial: true);
            }
        }
    }

    private TrainingResult Run()
    {
        watch.Start();
        if (plan.Checkpoint is null)
        {
            step.Refresh();
            Adaptation.Run(plan, network, pipeline, tensors);
        }

        SanityCheck();
        try
        {
            foreach (Callback callback in plan.AllCallbacks)
            {
                callbacks.Add(callback.Begin(run));
            }

            plan.Checkpoint?.Restore(Parts);
            if (plan.Checkpoint is not null && epochs.Count > 0 && position.Batch == 0)
            {
                KeepBest(epochs[^1]);
            }

            RunEpochs();
            step.Average?.Use(average: true);
            Each(callback => callback.OnTrainEnd());
            FiniteCheck.Demand(plan, network, step, epochs[^1]);
            return new TrainingResult(network.Snapshot(), new History(epochs, run.RestoredEpoch) { Evaluation = Evaluate() });
        }
        catch (Exception exception)
        {
            EachWhateverHappens(callback => callback.OnException(exception), "failed at the end of training");
            if (exception is OperationCanceledException && plan.Options.KeepModelWhenCancelled && best is { } kept)
            {
                plan.Log($"Cancelled: the model has the weights of epoch {kept.Epoch}.");
                return new TrainingResult(bestWeights!.ToWeights(), new History(epochs, kept.Epoch) { WasCancelled = true });
            }

            throw;
        }
    }

    private void RunEpochs()
    {
        // A stop that was asked for within an epoch, before a checkpoint, lets that epoch come to its end.
        while (position.Epoch <= LastEpoch && (!run.StopRequested || position.Batch > 0))
        {
            int epoch = position.Epoch;
            Each(callback => callback.OnEpochBegin(epoch));
            EpochResult result = RunEpoch(epoch);
            epochs.Add(result);
            // A rate that stays as it is need not be told every time.
            string rate = plan.LearningRate is ConstantLearningRate && run.LearningRateFactor == 1
                ? "" : string.Create(CultureInfo.InvariantCulture, $" - learning rate: {result.LearningRate:G4}");
            plan.Log($"epoch {epoch}/{LastEpoch} - {result.Describe()}{rate}");
            FiniteCheck.Demand(plan, network, step, result);
            KeepBest(result);
            position = new EpochPosition(epoch + 1, 0, position.TotalBatches);
            Each(callback => callback.OnEpochEnd(result));
            step.Average?.Use(average: false);
        }
    }

    private EpochResult RunEpoch(int epoch)
    {
        TimeSpan start = watch.Elapsed;
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        double learningRate = LearningRate;
        // Each epoch's order follows from the seed and its number alone, so that a continued run can take it up.
        Random? order = plan.Options.Shuffle && plan.Options.OverfitBatches == 0 ? new Random(StepSeed.Of(plan.Seed, SeedPurpose.Order, plan.RepeatedBatches is null ? epoch : FirstEpoch)) : null;
        if (position.Batch == 0)
        {
            meter.Reset();
        }

        Pass(plan.Examples.Training.BeginEpoch(order), Train, skip: position.Batch, stops: () => run.StopAtOnce);
        step.Step(run.LearningRateFactor);
        if (position.Batch == 0)
        {
            throw new InvalidOperationException("The training data has no rows.");
        }

        meter.Read(metrics, "");
        step.Average?.Use(average: true);
        if (plan.HasValidation)
        {
            Each(callback => callback.OnValidationBegin(epoch));
            Validate(metrics);
        }

        return new EpochResult(epoch, metrics, learningRate, (watch.Elapsed - start).TotalSeconds);
    }

    private void Validate(Dictionary<string, double> metrics)
    {
        meter.Reset();
        if (Pass(plan.Validation!.BeginEpoch(null), Validate) == 0)
        {
            throw NoValidationRows();
        }

        meter.Read(metrics, "val_");
    }

    private static InvalidOperationException NoValidationRows() => new("The validation data has no rows.");

    /// <summary>Errors of the validation data should show now rather than after the first epoch.</summary>
    private void SanityCheck()
    {
        if (plan.HasValidation && plan.Options.SanityValidationBatches > 0)
        {
            if (Pass(plan.Validation!.BeginEpoch(null), Validate, limit: plan.Options.SanityValidationBatches) == 0)
            {
                throw NoValidationRows();
            }

            var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
            meter.Read(metrics, "val_");
            meter.Reset();
        }
    }

    /// <summary>The size of the batches: no larger than the data, where that is known, for who wants all of it in one.</summary>
    private static int LargestBatch(TrainingPlan plan)
    {
        long training = plan.Examples.Training.Count ?? long.MaxValue;
        long validation = plan.Examples.Validation is { } source ? source.Count ?? long.MaxValue : 0;
        return (int)Math.Clamp(Math.Max(training, validation), 1, plan.BatchSize);
    }

    /// <summary>Goes through examples once; returns the number of batches.</summary>
    private long Pass(IBatchFiller filler, Action<BatchTensorSet, int> work, long skip = 0, long limit = long.MaxValue, Func<bool>? stops = null)
    {
        long batches = 0;
        limit = Math.Min(limit, plan.MaxBatches);
        passes++;
        try
        {
            foreach ((Func<BatchTensorSet> take, int count) in Batches(filler))
            {
                plan.CheckAlive();
                // What was learned before an interruption is read again, but not learned again.
                if (batches >= skip)
                {
                    using DisposeScope scope = NewDisposeScope();
                    work(take(), count);
                }

                batches++;
                if (batches == limit || stops?.Invoke() == true)
                {
                    break;
                }
            }
        }
        finally
        {
            passes--;
        }

        return batches;
    }

    /// <summary>The batches of a pass, to be taken as tensors one after another.</summary>
    private IEnumerable<(Func<BatchTensorSet> Take, int Count)> Batches(IBatchFiller filler)
    {
        if (filler.Rows is { } rows && deviceExamples?.Read(rows, LargestBatch(plan)) is { } held)
        {
            using (filler)
            {
                foreach (DeviceBatch batch in held)
                {
                    plan.Options.CancellationToken.ThrowIfCancellationRequested();
                    yield return (batch.Take, batch.Count);
                }
            }

            yield break;
        }

        foreach (Batch batch in pipeline.Read(filler, plan.Options.CancellationToken))
        {
            yield return (() => tensors[batch], batch.Count);
        }
    }

    /// <summary>Computes and measures. Errors of libtorch come in words of ours; those of callbacks, which may look like them, stay outside.</summary>
    private StepOutcome Compute(int count, Func<StepOutcome> compute)
    {
        try
        {
            StepOutcome outcome = compute();
            meter.Add(outcome.Losses, outcome.Outputs, count);
            return outcome;
        }
        catch (ExternalException exception)
        {
            // libtorch's own message is a page of native stack behind its first line.
            string reason = exception.Message.Split('\n')[0];
            throw new InvalidOperationException(
                $"libtorch failed on a batch of {count} examples: {reason} If memory ran out, use a smaller {nameof(NeuralNetworkOptions.BatchSize)} or network.",
                exception);
        }
    }

    private void Train(BatchTensorSet batch, int count)
    {
        double learningRate = LearningRate;
        BatchResult Result(StepOutcome outcome, long number) => new(outcome.Losses.Total)
        {
            Epoch = position.Epoch,
            Batch = number,
            Examples = count,
            Step = Steps,
            LearningRate = learningRate,
        };
        void Inspect(StepOutcome outcome)
        {
            current = (batch, outcome);
            run.BeforeStep!(Result(outcome, position.Batch + 1));
            current = null;
        }

        StepOutcome outcome = Compute(
            count, () => step.Train(batch, position.TotalBatches, run.LearningRateFactor, run.BeforeStep is null ? null : Inspect));
        position = position with { Batch = position.Batch + 1, TotalBatches = position.TotalBatches + 1 };
        if (callbacks.Count > 0)
        {
            BatchResult result = Result(outcome, position.Batch);
            Each(callback => callback.OnBatchEnd(result));
        }
    }

    private void Validate(BatchTensorSet batch, int count) => Compute(count, () => step.Validate(batch));

    private IReadOnlyList<EvaluationSummary> Evaluate() => Evaluator.Run(
        plan, add => Pass(plan.Validation!.BeginEpoch(null), (batch, count) => add(step.Validate(batch), count)));

    private void Each(Action<CallbackRun> action) => callbacks.ForEach(action);

    /// <summary>Where all must be told, and what one of them gets wrong must not hide what has happened.</summary>
    private void EachWhateverHappens(Action<CallbackRun> action, string failure)
    {
        foreach (CallbackRun callback in callbacks)
        {
            try
            {
                action(callback);
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                plan.Log($"{callback.GetType().DeclaringType?.Name ?? callback.GetType().Name} {failure}: {exception.Message}");
            }
        }
    }

    /// <summary>What a cancelled run gives: the weights of the best epoch by the validation loss or, without one, of the last.</summary>
    private void KeepBest(EpochResult result)
    {
        double loss = result.Metrics.GetValueOrDefault("val_loss", double.NegativeInfinity);
        if (plan.Options.KeepModelWhenCancelled && (best is null || loss <= best.Value.Loss || double.IsNaN(best.Value.Loss)))
        {
            best = (result.Epoch, loss);
            bestWeights ??= new KeptWeights(network);
            bestWeights.Keep();
        }
    }
}
