using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// RMSprop (Tieleman and Hinton 2012), as Keras computes it: v = rho · v + (1 - rho) · gradient²; the step is
/// learningRate · gradient / sqrt(v + epsilon), less the squared mean gradient under the root where centered.
/// </summary>
public sealed record RMSprop : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="rho">How much of the mean squared gradient is kept in each step. Default: 0.9.</param>
    /// <param name="momentum">How much of the last step is kept, from 0 to below 1. Default: 0.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <param name="centered">Whether the variance rather than the mean square is used. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public RMSprop(LearningRateSchedule? learningRate = null, float rho = 0.9f, float momentum = 0, float epsilon = 1e-7f, bool centered = false)
        : base(learningRate ?? 1e-3f) =>
        (Rho, Momentum, Epsilon, Centered) =
            (Fraction(rho, nameof(rho)), Fraction(momentum, nameof(momentum)), Positive(epsilon, nameof(epsilon)), centered);

    /// <summary>How much of the mean squared gradient is kept in each step.</summary>
    public float Rho { get; }

    /// <summary>How much of the last step is kept.</summary>
    public float Momentum { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon { get; }

    /// <summary>Whether the variance rather than the mean square is used.</summary>
    public bool Centered { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly RMSprop options;
        private readonly Tensor square;
        private readonly Tensor? mean;
        private readonly Tensor? velocity;

        internal State(RMSprop options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            square = Slot("square");
            mean = options.Centered ? Slot("mean") : null;
            velocity = options.Momentum > 0 ? Slot("velocity") : null;
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            square.MultiplyInPlace(options.Rho).AddProductInPlace(gradients, gradients, 1 - (double)options.Rho);
            Tensor variance = square;
            if (mean is not null)
            {
                mean.lerp_(gradients, 1 - (double)options.Rho);
                // Where the gradient is constant, rounding can make it negative.
                variance = square.AddProduct(mean, mean, -1).MaximumInPlace(0);
            }

            Tensor root = variance.Add(options.Epsilon).sqrt_();
            if (velocity is null)
            {
                values.AddQuotientInPlace(gradients, root, -learningRate);
                return;
            }

            velocity.MultiplyInPlace(options.Momentum).AddQuotientInPlace(gradients, root, learningRate);
            values.sub_(velocity);
        }
    }
}
