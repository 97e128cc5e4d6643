using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Stochastic gradient descent, as Keras computes it: velocity = momentum · velocity - learningRate · gradient; a weight
/// changes by the velocity or, with Nesterov, by momentum · velocity - learningRate · gradient.
/// </summary>
public sealed record SGD : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step. Default: 0.01.</param>
    /// <param name="momentum">How much of the velocity is kept in each step, from 0 to below 1. Default: 0.</param>
    /// <param name="nesterov">Whether the step looks ahead (Nesterov 1983). Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public SGD(float learningRate = 0.01f, float momentum = 0, bool nesterov = false)
        : base(learningRate) => (Momentum, Nesterov) = (Fraction(momentum, nameof(momentum)), nesterov);

    /// <summary>How much of the velocity is kept in each step.</summary>
    public float Momentum { get; }

    /// <summary>Whether the step looks ahead.</summary>
    public bool Nesterov { get; }

    internal override OptimizerState CreateState(Tensor parameters) => new State(parameters, Momentum, Nesterov);

    private sealed class State(Tensor parameters, double momentum, bool nesterov) : OptimizerState
    {
        private readonly Tensor? velocity = momentum > 0 ? zeros_like(parameters).DetachFromDisposeScope() : null;

        public override void Dispose() => velocity?.Dispose();

        private protected override void Update(Tensor parameters, Tensor gradients, double learningRate)
        {
            if (velocity is null)
            {
                parameters.add_(gradients, alpha: -learningRate);
                return;
            }

            velocity.mul_(momentum).add_(gradients, alpha: -learningRate);
            if (nesterov)
            {
                parameters.add_(velocity, alpha: momentum).add_(gradients, alpha: -learningRate);
            }
            else
            {
                parameters.add_(velocity);
            }
        }
    }
}
