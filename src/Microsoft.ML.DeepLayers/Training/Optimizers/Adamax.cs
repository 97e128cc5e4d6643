using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adamax (Kingma and Ba 2015, section 7.1): Adam with the largest of the gradients, each beta2 times as large at every later
/// step, in the place of the mean square: u = max(beta2 · u, |gradient|); a weight changes by
/// -learningRate / (1 - beta1^t) · m / (u + epsilon).
/// </summary>
public sealed record Adamax : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the largest gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Adamax(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f)
        : base(learningRate ?? 1e-3f) =>
        (Beta1, Beta2, Epsilon) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));

    /// <summary>How much of the mean gradient is kept in each step.</summary>
    public float Beta1 { get; }

    /// <summary>How much of the largest gradient is kept in each step.</summary>
    public float Beta2 { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly Adamax options;
        private readonly Tensor mean;
        private readonly Tensor largest;

        internal State(Adamax options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            mean = Slot("mean");
            largest = Slot("largest");
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            mean.lerp_(gradients, 1 - (double)options.Beta1);
            largest.copy_(maximum(largest.Multiply(options.Beta2), gradients.abs()));
            values.AddQuotientInPlace(mean, largest.Add(options.Epsilon), -learningRate / (1 - Math.Pow(options.Beta1, Steps)));
        }
    }
}
