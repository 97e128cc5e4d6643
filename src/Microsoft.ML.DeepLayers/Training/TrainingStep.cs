using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// What happens to one batch: outputs and losses; in training gradients and, once as many batches as the optimizer asks for
/// have come together, a step.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TrainingPlan plan;
    private readonly TorchNetwork network;
    private readonly OptimizerState optimizer;
    private readonly DeviceGenerator generator;
    private readonly ExampleMixing? mixing;
    private readonly LossWeights? lossWeights;
    private readonly TrainingLength length;
    private readonly int accumulated;
    private readonly LowPrecisionWeights? lowPrecision;
    private readonly RematerializedNetwork? rematerialized;

    internal TrainingStep(TrainingPlan plan, TorchNetwork network)
    {
        this.plan = plan;
        this.network = network;
        TorchWeight[] trainable = [.. LowPrecisionWeights.InOrder(network)];
        if (trainable.Length == 0)
        {
            throw new InvalidOperationException("The network has no weights, or all its layers are frozen (Trainable = false), so there is nothing to train.");
        }

        rematerialized = RematerializedNetwork.Create(plan, network);
        length = plan.Length;
        // A schedule that cannot work should say so now, rather than after the first pass over the data.
        _ = RateAt(0);
        Parameters = new ParameterBuffer(trainable, plan.Device);
        lowPrecision = network.LowPrecision.Count > 0 ? new LowPrecisionWeights(network, Parameters, plan.Device) : null;
        // Those two write gradients themselves.
        Parameters.LeavesGradients = lowPrecision is null && rematerialized is null;
        LossScale = plan.Options.Precision == TrainingPrecision.MixedFloat16 ? new LossScale() : null;
        optimizer = plan.Options.Optimizer.CreateState(Parameters);
        Average = plan.Options.Optimizer.EmaMomentum is { } momentum ? new WeightAverage(Parameters, momentum) : null;
        generator = new DeviceGenerator(plan.Device);
        mixing = ExampleMixing.Create(plan);
        lossWeights = LossWeights.Create(plan);
        accumulated = plan.Options.Optimizer.GradientAccumulationSteps;
    }

    /// <summary>The trainable weights.</summary>
    internal ParameterBuffer Parameters { get; }

    /// <summary>What the optimizer remembers.</summary>
    internal OptimizerState Optimizer => optimizer;

    /// <summary>Their moving average, if the optimizer keeps one.</summary>
    internal WeightAverage? Average { get; }

    /// <summary>By what the loss is multiplied, in float16.</summary>
    internal LossScale? LossScale { get; }

    /// <summary>How many batches' gradients wait for a step.</summary>
    internal int Pending { get; set; }

    /// <summary>The learning rate of the next step, before what callbacks make of it.</summary>
    internal double ScheduledRate => RateAt(optimizer.Steps);

    /// <summary>Learns from a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="number">The number of the batch since training began, from 0: random numbers follow from it.</param>
    /// <param name="learningRateFactor">By what the learning rate is multiplied.</param>
    /// <param name="beforeStep">Called when loss and gradients are there, before weights change.</param>
    internal StepOutcome Train(BatchTensorSet batch, long number, double learningRateFactor, Action<StepOutcome>? beforeStep = null)
    {
        if (Pending == 0)
        {
            Parameters.ClearGradients();
        }

        lowPrecision?.Refresh();
        ForwardContext context = Begin(number);
        MixedBatch? mixed = mixing?.Mix(batch, number);
        IReadOnlyList<Tensor> inputs = mixed?.Inputs ?? batch.Inputs;
        Action<IReadOnlyList<Tensor>[]>? look = plan.Observer is { LooksAtValues: true } observer ? values => observer.OnForward(batch, values) : null;
        RematerializedStep? step = rematerialized is null ? null : new RematerializedStep(rematerialized, inputs, context);
        IReadOnlyList<Tensor> outputs = step is null ? network.Forward(inputs, context, look) : network.ToNumberType(step.Forward(look));
        StepOutcome outcome = Outcome(batch, outputs, context, mixed, lossWeights);
        Tensor loss = LossScale is { } scale ? outcome.Losses.Total.Multiply(scale.Factor) : outcome.Losses.Total;
        if (step is null)
        {
            loss.backward();
        }
        else
        {
            step.Backward(loss);
        }

        lowPrecision?.CollectGradients();
        beforeStep?.Invoke(outcome);
        plan.Observer?.OnBackward(outcome, Parameters);
        Pending++;
        if (Pending == accumulated)
        {
            Step(learningRateFactor);
        }

        return outcome;
    }

    /// <summary>What each layer of the network gives for a batch, computed once more with the same random numbers.</summary>
    internal IReadOnlyList<Tensor>[] Trace(BatchTensorSet batch, long number)
    {
        using IDisposable noGrad = no_grad();
        ForwardContext context = Begin(number);
        return GraphRunner.Run(plan.Graph, network.Functions, mixing?.Mix(batch, number)?.Inputs ?? batch.Inputs, context);
    }

    /// <summary>Takes a step from the gradients that wait; none does nothing.</summary>
    internal void Step(double learningRateFactor)
    {
        if (Pending == 0)
        {
            return;
        }

        // The step of what is left at the end of an epoch has no batch's scope around it.
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        if (Pending > 1)
        {
            Parameters.Gradients.DivideInPlace(Pending);
        }

        Pending = 0;
        if (LossScale is { } scale && !Unscale(scale))
        {
            return;
        }

        optimizer.Step(ScheduledRate * learningRateFactor);
        network.ApplyConstraints();
        Average?.Update(optimizer.Steps);
        plan.Observer?.OnStep(Parameters);
    }

    /// <summary>Computes a batch as in training, but only for what batch normalizations remember of it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="number">The number of the batch: random numbers follow from it.</param>
    /// <param name="update">How they remember it.</param>
    internal void UpdateStatistics(BatchTensorSet batch, long number, StatisticsUpdate update)
    {
        using IDisposable noGrad = no_grad();
        network.Forward(batch.Inputs, Begin(number) with { Statistics = update });
    }

    /// <summary>Takes the scale of the loss out of the gradients; says whether they are finite.</summary>
    private bool Unscale(LossScale scale)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameters.Gradients.DivideInPlace(scale.Factor);
        bool isFinite = Parameters.Gradients.isfinite().all().item<bool>();
        scale.Update(isFinite);
        return isFinite;
    }

    /// <summary>Lets layers that compute with copies of weights have them anew, for who runs them without a step.</summary>
    internal void Refresh() => lowPrecision?.Refresh();

    /// <summary>Computes a batch as at inference.</summary>
    internal StepOutcome Validate(BatchTensorSet batch)
    {
        using IDisposable noGrad = no_grad();
        Refresh();
        var context = new ForwardContext(Training: false, null);
        IReadOnlyList<Tensor> outputs = network.Forward(batch.Inputs, context);
        return Outcome(batch, outputs, context);
    }

    public void Dispose()
    {
        lossWeights?.Dispose();
        Average?.Dispose();
        optimizer.Dispose();
        lowPrecision?.Dispose();
        Parameters.Dispose();
        generator.Dispose();
    }

    private double RateAt(long step)
    {
        double rate = plan.LearningRate.RateAt(step, length);
        return double.IsFinite(rate) && rate >= 0
            ? rate
            : throw new InvalidOperationException($"The learning rate schedule {plan.LearningRate} gives {rate} for step {step}. A rate must be at least 0, and finite.");
    }

    /// <summary>Random numbers of a batch follow from its number.</summary>
    private ForwardContext Begin(long number)
    {
        int seed = StepSeed.Of(plan.Seed, SeedPurpose.Layers, number);
        generator.Seed(seed);
        if (!plan.Graph.CanExport)
        {
            // Modules of users draw from libtorch's own generator.
            GlobalRandom.Reseed(seed, plan.Device);
        }

        return new ForwardContext(Training: true, generator.Generator) { Seed = seed };
    }

    /// <summary>The losses; their sum with what regularizers add to it, as Keras reports it too.</summary>
    private StepOutcome Outcome(BatchTensorSet batch, IReadOnlyList<Tensor> outputs, ForwardContext context, MixedBatch? mixed = null, LossWeights? weights = null)
    {
        ComparedOutput[] compared = [.. plan.Objectives.Select((objective, i) => new ComparedOutput(objective, outputs[i], batch.Labels[i]))];
        Tensor[] losses = [.. plan.Objectives.Select((objective, i) => ExampleMixing.Loss(objective, compared[i], batch, i, mixed, weights))];
        Tensor total = losses
            .Zip(plan.Objectives, (loss, objective) => objective.Weight == 1 ? loss : loss.Multiply(objective.Weight))
            .Concat(context.Losses).Concat(network.Penalties())
            .Aggregate((sum, loss) => sum.Add(loss));
        return new StepOutcome(compared, new BatchLosses(total, losses));
    }
}

/// <summary>What became of a batch.</summary>
/// <param name="Outputs">What the network gave, and the labels, by output.</param>
/// <param name="Losses">The losses.</param>
internal sealed record StepOutcome(IReadOnlyList<ComparedOutput> Outputs, BatchLosses Losses);
