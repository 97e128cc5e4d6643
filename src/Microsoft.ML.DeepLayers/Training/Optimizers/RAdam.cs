using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Rectified Adam (Liu et al. 2020): the first steps, of which the mean square gradient is not known well enough, are those
/// of momentum alone, and later ones are Adam's times a factor that grows to 1. It needs no warm-up of the learning rate.
/// <para>
/// With r∞ = 2 / (1 - beta2) - 1 and r = r∞ - 2 · t · beta2^t / (1 - beta2^t), a weight changes by
/// -learningRate · m / (1 - beta1^t), times, where r is above 5,
/// sqrt((r - 4)(r - 2) · r∞ / ((r∞ - 4)(r∞ - 2) · r)) · sqrt(1 - beta2^t) / (sqrt(v) + epsilon).
/// </para>
/// <para>Keras has none; PyTorch: <c>RAdam</c>, whose epsilon is 1e-8.</para>
/// </summary>
public sealed record RAdam : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public RAdam(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f)
        : base(learningRate ?? 1e-3f) =>
        (Beta1, Beta2, Epsilon) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)));

    /// <summary>How much of the mean gradient is kept in each step.</summary>
    public float Beta1 { get; }

    /// <summary>How much of the mean squared gradient is kept in each step.</summary>
    public float Beta2 { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly RAdam options;
        private readonly Tensor mean;
        private readonly Tensor square;

        internal State(RAdam options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            mean = Slot("mean");
            square = Slot("square");
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            mean.lerp_(gradients, 1 - (double)options.Beta1);
            square.MultiplyInPlace(options.Beta2).AddProductInPlace(gradients, gradients, 1 - (double)options.Beta2);
            double step = learningRate / (1 - Math.Pow(options.Beta1, Steps));
            double power = Math.Pow(options.Beta2, Steps);
            double longest = (2 / (1 - (double)options.Beta2)) - 1;
            double length = longest - (2 * Steps * power / (1 - power));
            if (length <= 5)
            {
                values.AddScaledInPlace(mean, -step);
                return;
            }

            double rectification = Math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
            values.AddQuotientInPlace(mean, square.sqrt().AddInPlace(options.Epsilon), -step * rectification * Math.Sqrt(1 - power));
        }
    }
}
