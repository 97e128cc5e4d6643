using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// LAMB (You et al. 2020), for large batches, as Keras computes it: with Adam's step
/// s = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon), each weight tensor w changes by
/// -learningRate · |w| / |s| · s, where neither norm is 0, else by -learningRate · s.
/// </summary>
public sealed record Lamb : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Lamb(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f)
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
        private readonly Lamb options;
        private readonly Tensor mean;
        private readonly Tensor square;

        internal State(Lamb options, ParameterBuffer parameters)
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
            Tensor root = square.Divide(1 - Math.Pow(options.Beta2, Steps)).sqrt_().AddInPlace(options.Epsilon);
            Tensor step = mean.div(root).DivideInPlace(1 - Math.Pow(options.Beta1, Steps));
            foreach (ParameterSegment segment in Parameters.Segments)
            {
                step.narrow(0, segment.Offset, segment.Value.numel()).mul_(Trust(segment.Value, step.narrow(0, segment.Offset, segment.Value.numel())));
            }

            values.AddScaledInPlace(step, -learningRate);
        }

        /// <summary>|w| / |s|, or 1 where one of them is 0; the device is not asked which.</summary>
        private static Tensor Trust(Tensor weight, Tensor step)
        {
            Tensor weightNorm = weight.norm();
            Tensor stepNorm = step.norm();
            Tensor bothAreThere = weightNorm.Greater(0).logical_and(stepNorm.Greater(0));
            return where(bothAreThere, weightNorm.div(stepNorm), ones_like(weightNorm));
        }
    }
}
