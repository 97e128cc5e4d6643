using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// What an optimizer remembers between steps, and the steps. It owns its tensors; each is named, so that a checkpoint can
/// hold them.
/// </summary>
/// <param name="optimizer">The settings.</param>
/// <param name="parameters">The weights and gradients that it works on.</param>
internal abstract class OptimizerState(Optimizer optimizer, ParameterBuffer parameters) : IDisposable
{
    private readonly Dictionary<string, Tensor> slots = new(StringComparer.Ordinal);

    /// <summary>The number of steps taken.</summary>
    internal long Steps { get; set; }

    /// <summary>What is remembered, by name, in the order in which it was made.</summary>
    internal IReadOnlyDictionary<string, Tensor> Slots => slots;

    /// <summary>The weights and gradients.</summary>
    private protected ParameterBuffer Parameters => parameters;

    /// <summary>Changes the weights by one step along their gradients, as they are in the buffer.</summary>
    /// <param name="learningRate">The size of the step.</param>
    internal void Step(double learningRate)
    {
        Steps++;
        GradientClipping.Clip(optimizer, parameters);
        Decay(learningRate);
        if (parameters.LearningRateFactors is { } factors)
        {
            StepByFactors(learningRate, factors);
        }
        else
        {
            Update(learningRate);
        }
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what is remembered.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (Tensor slot in slots.Values)
        {
            slot.Dispose();
        }
    }

    /// <summary>Changes the weights by loops over the parts of the gradients; says whether the rule has such. Default: it has none.</summary>
    /// <param name="learningRate">The size of the step.</param>
    private protected virtual bool TryUpdateParts(double learningRate) => false;

    /// <summary>Changes the weights.</summary>
    /// <param name="values">All trainable weights, <c>[total]</c>, changed in place.</param>
    /// <param name="gradients">Their gradients, <c>[total]</c>.</param>
    /// <param name="learningRate">The size of the step.</param>
    private protected abstract void Update(Tensor values, Tensor gradients, double learningRate);

    /// <summary>A number for each weight that is remembered from step to step.</summary>
    /// <param name="name">What it is called in a checkpoint.</param>
    /// <param name="start">What it begins with.</param>
    private protected Tensor Slot(string name, double start = 0) => Slot(name, parameters.Values.numel(), start);

    /// <summary>Numbers that are remembered from step to step.</summary>
    /// <param name="name">What they are called in a checkpoint.</param>
    /// <param name="count">How many.</param>
    /// <param name="start">What they begin with.</param>
    private protected Tensor Slot(string name, long count, double start)
    {
        Tensor slot = TensorOperations.Full([count], start, parameters.Values.dtype, parameters.Values.device).DetachFromDisposeScope();
        slots.Add(name, slot);
        return slot;
    }

    private void Update(double learningRate)
    {
        if (!TryUpdateParts(learningRate))
        {
            Update(parameters.Values, parameters.Gradients, learningRate);
        }
    }

    private void Decay(double learningRate)
    {
        if (optimizer.WeightDecay == 0)
        {
            return;
        }

        // A rate of its own for some layers means their decay, too.
        if (parameters.DecayFactors(optimizer.ExcludeBiasAndNormFromWeightDecay) is { } factors)
        {
            parameters.Values.AddProductInPlace(parameters.Values, factors, -learningRate * optimizer.WeightDecay);
        }
        else
        {
            parameters.Values.MultiplyInPlace(1 - (learningRate * optimizer.WeightDecay));
        }
    }

    /// <summary>
    /// A weight's own factor changes the step that comes out of a rule. That is right for rules whose step is not
    /// proportional to the learning rate (<see cref="Adafactor"/>), or that compare whole tensors (<see cref="Lamb"/>), too.
    /// </summary>
    private void StepByFactors(double learningRate, Tensor factors)
    {
        using Tensor before = parameters.Values.clone();
        Update(learningRate);
        // Where the factor is 1 this gives the step to the bit.
        parameters.Values.copy_(before.lerp_(parameters.Values, factors));
    }
}
