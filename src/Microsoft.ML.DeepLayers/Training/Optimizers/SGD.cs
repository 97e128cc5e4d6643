using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Stochastic gradient descent, as Keras computes it: velocity = momentum · velocity - learningRate · gradient; a weight
/// changes by the velocity or, with Nesterov, by momentum · velocity - learningRate · gradient.
/// </summary>
public sealed record SGD : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.01.</param>
    /// <param name="momentum">How much of the velocity is kept in each step, from 0 to below 1. Default: 0.</param>
    /// <param name="nesterov">Whether the step looks ahead (Nesterov 1983). Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public SGD(LearningRateSchedule? learningRate = null, float momentum = 0, bool nesterov = false)
        : base(learningRate ?? 0.01f) => (Momentum, Nesterov) = (Fraction(momentum, nameof(momentum)), nesterov);

    /// <summary>How much of the velocity is kept in each step.</summary>
    public float Momentum { get; }

    /// <summary>Whether the step looks ahead.</summary>
    public bool Nesterov { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly SGD options;
        private readonly Tensor? velocity;

        internal State(SGD options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            velocity = options.Momentum > 0 ? Slot("velocity") : null;
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            if (velocity is null)
            {
                values.AddScaledInPlace(gradients, -learningRate);
                return;
            }

            velocity.MultiplyInPlace((double)options.Momentum).AddScaledInPlace(gradients, -learningRate);
            if (options.Nesterov)
            {
                values.AddScaledInPlace(velocity, (double)options.Momentum).AddScaledInPlace(gradients, -learningRate);
            }
            else
            {
                values.AddInPlace(velocity);
            }
        }
    }
}
