using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How gradients change weights; Keras's names, defaults and update rules. An immutable value: the state of a training
/// run (moments, step count) is an <see cref="OptimizerState"/>.
/// </summary>
public abstract record Optimizer
{
    private protected Optimizer(float learningRate)
    {
        if (!(learningRate > 0 && float.IsFinite(learningRate)))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be above 0.");
        }

        LearningRate = learningRate;
    }

    /// <summary>The size of a step.</summary>
    public float LearningRate { get; }

    /// <summary>Makes the state of a training run.</summary>
    /// <param name="parameters">All trainable weights as one flat tensor.</param>
    internal abstract OptimizerState CreateState(Tensor parameters);

    /// <summary>Checks an epsilon, which must be above 0 and finite: at 0, a gradient of 0 would give 0 / 0.</summary>
    private protected static float Positive(float value, string name) =>
        value is > 0 and < float.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");

    /// <summary>Checks a factor that must lie in [0, 1).</summary>
    private protected static float Fraction(float value, string name) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and below 1.");
}

/// <summary>What an optimizer remembers between steps. It owns its tensors.</summary>
internal abstract class OptimizerState : IDisposable
{
    /// <summary>The number of steps taken.</summary>
    internal long Steps { get; private set; }

    /// <summary>Changes the weights by one step.</summary>
    /// <param name="parameters">All trainable weights, <c>[total]</c>, changed in place.</param>
    /// <param name="gradients">Their gradients, <c>[total]</c>.</param>
    /// <param name="learningRate">The size of the step.</param>
    internal void Step(Tensor parameters, Tensor gradients, double learningRate)
    {
        Steps++;
        Update(parameters, gradients, learningRate);
    }

    public abstract void Dispose();

    private protected abstract void Update(Tensor parameters, Tensor gradients, double learningRate);
}
