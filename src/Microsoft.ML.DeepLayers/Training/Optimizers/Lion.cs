using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Lion (Chen et al. 2023): every weight changes by the learning rate, up or down:
/// -learningRate · sign(beta1 · m + (1 - beta1) · gradient); then m = beta2 · m + (1 - beta2) · gradient. Its learning rate is
/// a third to a tenth of AdamW's, its weight decay 3 to 10 times as large.
/// </summary>
public sealed record Lion : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much the mean gradient counts for a step, against the gradient; above 0 and at most 1. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean gradient is kept in each step. Default: 0.99.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Lion(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.99f)
        : base(learningRate ?? 1e-3f)
    {
        Beta1 = beta1 is > 0 and <= 1
            ? beta1
            : throw new ArgumentOutOfRangeException(nameof(beta1), beta1, $"{nameof(beta1)} must be above 0 and at most 1: at 0 the gradient's sign alone would be left.");
        Beta2 = Fraction(beta2, nameof(beta2));
    }

    /// <summary>How much the mean gradient counts for a step, against the gradient.</summary>
    public float Beta1 { get; }

    /// <summary>How much of the mean gradient is kept in each step.</summary>
    public float Beta2 { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly Lion options;
        private readonly Tensor mean;

        internal State(Lion options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            mean = Slot("mean");
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            Tensor direction = mean.Multiply(options.Beta1).AddScaledInPlace(gradients, 1 - (double)options.Beta1).sign_();
            values.AddScaledInPlace(direction, -learningRate);
            mean.MultiplyInPlace(options.Beta2).AddScaledInPlace(gradients, 1 - (double)options.Beta2);
        }
    }
}
