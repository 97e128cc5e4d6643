using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adagrad (Duchi et al. 2011), as Keras computes it: each weight's squared gradients add up to v, and it changes by
/// -learningRate · gradient / sqrt(v + epsilon), less and less. For sparse features; 1 is the paper's learning rate.
/// </summary>
public sealed record Adagrad : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="initialAccumulatorValue">What the sum of squared gradients begins with; at least 0. Default: 0.1.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Adagrad(LearningRateSchedule? learningRate = null, float initialAccumulatorValue = 0.1f, float epsilon = 1e-7f)
        : base(learningRate ?? 1e-3f) =>
        (InitialAccumulatorValue, Epsilon) = (NotNegative(initialAccumulatorValue, nameof(initialAccumulatorValue)), Positive(epsilon, nameof(epsilon)));

    /// <summary>What the sum of squared gradients begins with.</summary>
    public float InitialAccumulatorValue { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly Adagrad options;
        private readonly Tensor sum;

        internal State(Adagrad options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            sum = Slot("sum", options.InitialAccumulatorValue);
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            sum.AddProductInPlace(gradients, gradients, 1);
            values.AddQuotientInPlace(gradients, sum.Add(options.Epsilon).sqrt_(), -learningRate);
        }
    }
}
