using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adadelta (Zeiler 2012), as Keras computes it: v = rho · v + (1 - rho) · gradient²;
/// change = -sqrt(c + epsilon) / sqrt(v + epsilon) · gradient; c = rho · c + (1 - rho) · change²; a weight changes by
/// learningRate · change. The paper's learning rate is 1.
/// </summary>
public sealed record Adadelta : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="rho">How much of the mean squares is kept in each step. Default: 0.95.</param>
    /// <param name="epsilon">Keeps the division finite, and the first changes above 0; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Adadelta(LearningRateSchedule? learningRate = null, float rho = 0.95f, float epsilon = 1e-7f)
        : base(learningRate ?? 1e-3f) => (Rho, Epsilon) = (Fraction(rho, nameof(rho)), Positive(epsilon, nameof(epsilon)));

    /// <summary>How much of the mean squares is kept in each step.</summary>
    public float Rho { get; }

    /// <summary>Keeps the division finite, and the first changes above 0.</summary>
    public float Epsilon { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new State(this, parameters);

    private sealed class State : OptimizerState
    {
        private readonly Adadelta options;
        private readonly Tensor square;
        private readonly Tensor change;

        internal State(Adadelta options, ParameterBuffer parameters)
            : base(options, parameters)
        {
            this.options = options;
            square = Slot("square");
            change = Slot("change");
        }

        private protected override void Update(Tensor values, Tensor gradients, double learningRate)
        {
            double taken = 1 - (double)options.Rho;
            square.MultiplyInPlace(options.Rho).AddProductInPlace(gradients, gradients, taken);
            Tensor step = change.Add(options.Epsilon).div_(square.Add(options.Epsilon)).sqrt_().mul_(gradients);
            change.MultiplyInPlace(options.Rho).AddProductInPlace(step, step, taken);
            values.AddScaledInPlace(step, -learningRate);
        }
    }
}
