using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What a training run needs.</summary>
internal sealed record TrainingPlan
{
    internal required NetworkGraph Graph { get; init; }

    internal required GraphShapes Shapes { get; init; }

    /// <summary>What each output of the graph is compared with.</summary>
    internal required IReadOnlyList<Objective> Objectives { get; init; }

    internal required ExampleSet Examples { get; init; }

    internal required NeuralNetworkOptions Options { get; init; }

    internal required int Seed { get; init; }

    internal required torch.Device Device { get; init; }

    /// <summary>Weights to begin with; <see langword="null"/> for the initializers'.</summary>
    internal NetworkWeights? InitialWeights { get; init; }

    /// <summary>What was measured before, where training continues.</summary>
    internal History? InitialHistory { get; init; }

    /// <summary>Takes the messages of the run.</summary>
    internal required Action<string> Log { get; init; }

    /// <summary>Throws where the run has been cancelled.</summary>
    internal required Action CheckAlive { get; init; }
}

/// <summary>What a training run gives.</summary>
internal sealed record TrainingResult(NetworkWeights Weights, History History);

/// <summary>Goes through the data epoch by epoch, step by step. One instance is one run; it owns all native memory of it.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly TrainingPlan plan;
    private readonly TorchNetwork network;
    private readonly ParameterBuffer parameters;
    private readonly OptimizerState optimizer;
    private readonly EpochMeter meter;
    private readonly BatchPipeline pipeline;
    private readonly BatchTensors tensors;
    private readonly Generator generator;
    private readonly ExampleMixing? mixing;

    private TrainingLoop(TrainingPlan plan)
    {
        this.plan = plan;
        network = new TorchNetwork(plan.Graph, plan.Shapes, plan.Device);
        try
        {
            if (plan.InitialWeights is { } weights)
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

            (Tensor, IReadOnlyList<Tensor>)[] trainable =
                [.. network.Weights.Where(weight => weight.Spec.Trainable).Select(weight => (weight.Tensor, weight.Aliases))];
            if (trainable.Length == 0)
            {
                throw new InvalidOperationException("The network has no weights, so there is nothing to train.");
            }

            parameters = new ParameterBuffer(trainable, plan.Device);
            optimizer = plan.Options.Optimizer.CreateState(parameters.Values);
            meter = new EpochMeter(plan.Objectives, plan.Device);
            pipeline = new BatchPipeline(plan.Examples.Training.Layout, LargestBatch(plan));
            tensors = new BatchTensors(pipeline, [.. plan.Graph.Inputs.Select(input => plan.Shapes.Inputs[input][0])], plan.Device);
            generator = new Generator(unchecked((ulong)plan.Seed), plan.Device);
            mixing = ExampleMixing.Create(plan);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Trains. Blocks until done.</summary>
    /// <exception cref="InvalidOperationException">The data is unusable, or training diverged.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    internal static TrainingResult Run(TrainingPlan plan)
    {
        using DisposeScope scope = NewDisposeScope();
        using var loop = new TrainingLoop(plan);
        // Modules of users draw from libtorch's own generator.
        using GlobalRandom? random = plan.Graph.CanExport ? null : GlobalRandom.Seed(plan.Seed, plan.Device);
        return loop.Run();
    }

    public void Dispose()
    {
        // What comes after a failure in the constructor does not exist.
        tensors?.Dispose();
        meter?.Dispose();
        optimizer?.Dispose();
        parameters?.Dispose();
        network.Dispose();
        generator?.Dispose();
    }

    private TrainingResult Run()
    {
        Adaptation.Run(plan, network, pipeline, tensors);
        var run = new TrainingRun(network, plan.Examples.Validation is not null, MetricNames(), plan.Log);
        CallbackRun[] callbacks = [.. plan.Options.Callbacks.Select(callback => callback.Begin(run))];
        var epochs = new List<EpochResult>(plan.InitialHistory?.Epochs ?? []);
        int first = epochs.Count == 0 ? 1 : epochs[^1].Epoch + 1;
        for (int epoch = first; epoch < first + plan.Options.Epochs && !run.StopRequested; epoch++)
        {
            Array.ForEach(callbacks, callback => callback.OnEpochBegin(epoch));
            EpochResult result = RunEpoch(epoch);
            epochs.Add(result);
            plan.Log($"epoch {epoch}/{first + plan.Options.Epochs - 1} - {result.Describe()}");
            CheckFinite(result);
            Array.ForEach(callbacks, callback => callback.OnEpochEnd(result));
        }

        Array.ForEach(callbacks, callback => callback.OnTrainEnd());
        return new TrainingResult(network.Snapshot(), new History(epochs, run.RestoredEpoch));
    }

    private string[] MetricNames()
    {
        IEnumerable<string> training = EpochMeter.Names(plan.Objectives);
        return [.. plan.Examples.Validation is null ? training : training.Concat(EpochMeter.Names(plan.Objectives, "val_"))];
    }

    private EpochResult RunEpoch(int epoch)
    {
        var watch = Stopwatch.StartNew();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        // Each epoch's order follows from the seed and its number alone, so that a continued run can take it up.
        Random? order = plan.Options.Shuffle ? new Random(unchecked((plan.Seed * 31) + epoch)) : null;
        long steps = Pass(plan.Examples.Training.BeginEpoch(order), Step);
        if (steps == 0)
        {
            throw new InvalidOperationException("The training data has no rows.");
        }

        meter.Read(metrics, "");
        if (plan.Examples.Validation is { } validation)
        {
            if (Pass(validation.BeginEpoch(null), Validate) == 0)
            {
                throw new InvalidOperationException("The validation data has no rows.");
            }

            meter.Read(metrics, "val_");
        }

        return new EpochResult(epoch, metrics, plan.Options.Optimizer.LearningRate, watch.Elapsed.TotalSeconds);
    }

    /// <summary>The size of the batches: no larger than the data, where that is known, for who wants all of it in one.</summary>
    private static int LargestBatch(TrainingPlan plan)
    {
        long training = plan.Examples.Training.Count ?? long.MaxValue;
        long validation = plan.Examples.Validation is { } source ? source.Count ?? long.MaxValue : 0;
        return (int)Math.Clamp(Math.Max(training, validation), 1, plan.Options.BatchSize);
    }

    /// <summary>Goes through examples once; returns the number of batches.</summary>
    private long Pass(IBatchFiller filler, Action<BatchTensorSet, int> work)
    {
        meter.Reset();
        long batches = 0;
        foreach (Batch batch in pipeline.Read(filler, plan.Options.CancellationToken))
        {
            plan.CheckAlive();
            Work(batch, work);
            batches++;
        }

        return batches;
    }

    private void Work(Batch batch, Action<BatchTensorSet, int> work)
    {
        using DisposeScope scope = NewDisposeScope();
        try
        {
            work(tensors[batch], batch.Count);
        }
        catch (ExternalException exception)
        {
            // libtorch's own message is a page of native stack behind its first line.
            string reason = exception.Message.Split('\n')[0];
            throw new InvalidOperationException(
                $"libtorch failed on a batch of {batch.Count} examples: {reason} If memory ran out, use a smaller {nameof(NeuralNetworkOptions.BatchSize)} or network.",
                exception);
        }
    }

    private void Step(BatchTensorSet batch, int count)
    {
        parameters.Gradients.zero_();
        var context = new ForwardContext(Training: true, generator);
        MixedBatch? mixed = mixing?.Mix(batch);
        IReadOnlyList<Tensor> outputs = network.Forward(mixed?.Inputs ?? batch.Inputs, context);
        BatchLosses losses = Losses(batch, outputs, context, mixed);
        losses.Total.backward();
        using (no_grad())
        {
            optimizer.Step(parameters.Values, parameters.Gradients, plan.Options.Optimizer.LearningRate);
            network.ApplyConstraints();
        }

        meter.Add(losses, outputs, batch.Labels, count);
    }

    private void Validate(BatchTensorSet batch, int count)
    {
        using IDisposable noGrad = no_grad();
        var context = new ForwardContext(Training: false, null);
        IReadOnlyList<Tensor> outputs = network.Forward(batch.Inputs, context);
        meter.Add(Losses(batch, outputs, context), outputs, batch.Labels, count);
    }

    /// <summary>The losses; their sum with what regularizers add to it, as Keras reports it too.</summary>
    private BatchLosses Losses(BatchTensorSet batch, IReadOnlyList<Tensor> outputs, ForwardContext context, MixedBatch? mixed = null)
    {
        Tensor[] losses = [.. plan.Objectives.Select((objective, i) => ExampleMixing.Loss(objective.Loss, outputs[i], batch, i, mixed))];
        Tensor total = losses
            .Zip(plan.Objectives, (loss, objective) => objective.Weight == 1 ? loss : loss.mul(objective.Weight))
            .Concat(context.Losses).Concat(network.Penalties())
            .Aggregate((sum, loss) => sum.add(loss));
        return new BatchLosses(total, losses);
    }

    /// <summary>A model of NaNs must never be handed out as trained.</summary>
    private void CheckFinite(EpochResult result)
    {
        using DisposeScope scope = NewDisposeScope();
        bool finite = double.IsFinite(result.Metrics["loss"])
            && parameters.Values.isfinite().all().item<bool>()
            // Running statistics too: they take part in scoring, though not in the loss of training.
            && network.Weights.Where(weight => !weight.Spec.Trainable).All(weight => weight.Tensor.isfinite().all().item<bool>());
        if (!finite)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Training diverged in epoch {result.Epoch}: the loss is {result.Metrics["loss"]} and weights are not finite any more. Lower the learning rate (it is {result.LearningRate:G6}), or bring the features to a common scale (Transforms.NormalizeMeanVariance)."));
        }
    }
}
