using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Nadam (Dozat 2016), Adam with Nesterov's momentum, as Keras computes it: with the momentum
/// u(t) = beta1 · (1 - 0.5 · 0.96^t) and U(t) its product over all steps up to t, a weight changes by
/// -learningRate · (u(t + 1) · m / (1 - U(t + 1)) + (1 - u(t)) · gradient / (1 - U(t))) / (sqrt(v / (1 - beta2^t)) + epsilon).
/// </summary>
public sealed record Nadam : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Nadam(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f)
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
        private readonly Nadam options;
        private readonly Tensor mean;
        private readonly Tensor square;
        private double product = 1;
        private long productSteps;

        internal State(Nadam options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            mean = Slot("mean");
            square = Slot("square");
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            double product = MomentumProduct();
            double momentum = Momentum(Steps);
            double next = Momentum(Steps + 1);
            mean.lerp_(gradients, 1 - (double)options.Beta1);
            square.MultiplyInPlace(options.Beta2).AddProductInPlace(gradients, gradients, 1 - (double)options.Beta2);
            Tensor ahead = mean.Multiply(next / (1 - (product * next))).AddScaledInPlace(gradients, (1 - momentum) / (1 - product));
            Tensor root = square.Divide(1 - Math.Pow(options.Beta2, Steps)).sqrt_().AddInPlace(options.Epsilon);
            values.AddQuotientInPlace(ahead, root, -learningRate);
        }

        private double Momentum(long step) => options.Beta1 * (1 - (0.5 * Math.Pow(0.96, step)));

        /// <summary>The product of all momenta. It follows from the number of steps, so that a checkpoint need not hold it.</summary>
        private double MomentumProduct()
        {
            if (productSteps > Steps)
            {
                (product, productSteps) = (1, 0);
            }

            while (productSteps < Steps)
            {
                product *= Momentum(++productSteps);
            }

            return product;
        }
    }
}
