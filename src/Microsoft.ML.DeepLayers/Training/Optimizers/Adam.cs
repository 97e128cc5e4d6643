using Microsoft.ML.DeepLayers.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Adam (Kingma and Ba 2015), as Keras computes it: with a = learningRate · sqrt(1 - beta2^t) / (1 - beta1^t), a weight
/// changes by -a · m / (sqrt(v) + epsilon). With amsgrad (Reddi et al. 2018) the largest v so far stands for v.
/// </summary>
public sealed record Adam : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <param name="amsgrad">Whether steps never grow again (AMSGrad). Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Adam(LearningRateSchedule? learningRate = null, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f, bool amsgrad = false)
        : base(learningRate ?? 1e-3f) =>
        (Beta1, Beta2, Epsilon, Amsgrad) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)), amsgrad);

    /// <summary>How much of the mean gradient is kept in each step.</summary>
    public float Beta1 { get; }

    /// <summary>How much of the mean squared gradient is kept in each step.</summary>
    public float Beta2 { get; }

    /// <summary>Keeps the division finite.</summary>
    public float Epsilon { get; }

    /// <summary>Whether steps never grow again: the largest mean squared gradient so far counts.</summary>
    public bool Amsgrad { get; }

    internal override OptimizerState CreateState(ParameterBuffer parameters) => new AdamState(this, parameters, Beta1, Beta2, Epsilon, Amsgrad);
}

/// <summary>The moments of Adam and AdamW.</summary>
internal sealed class AdamState : OptimizerState
{
    private readonly double beta1;
    private readonly double beta2;
    private readonly double epsilon;
    private readonly Tensor mean;
    private readonly Tensor square;
    private readonly Tensor? largest;
    private readonly AdamKernel? kernel;

    internal AdamState(Optimizer optimizer, ParameterBuffer parameters, double beta1, double beta2, double epsilon, bool amsgrad)
        : base(optimizer, parameters)
    {
        (this.beta1, this.beta2, this.epsilon) = (beta1, beta2, epsilon);
        mean = Slot("mean");
        square = Slot("square");
        largest = amsgrad ? Slot("largest") : null;
        kernel = amsgrad ? null : AdamKernel.Create(parameters, mean, square);
    }

    private protected override bool TryUpdateParts(double learningRate)
    {
        if (kernel is null)
        {
            return false;
        }

        double step = StepSize(learningRate);
        foreach ((long offset, FlatMemory gradients) in Parameters.GradientParts())
        {
            kernel.Step(offset, gradients, beta1, beta2, epsilon, step);
        }

        return true;
    }

    private protected override void Update(Tensor values, Tensor gradients, double learningRate)
    {
        double step = StepSize(learningRate);
        mean.lerp_(gradients, 1 - beta1);
        square.MultiplyInPlace(beta2).AddProductInPlace(gradients, gradients, 1 - beta2);
        if (largest is not null)
        {
            largest.copy_(maximum(largest, square));
        }

        values.AddQuotientInPlace(mean, (largest ?? square).sqrt().AddInPlace(epsilon), -step);
    }

    private double StepSize(double learningRate) => learningRate * Math.Sqrt(1 - Math.Pow(beta2, Steps)) / (1 - Math.Pow(beta1, Steps));
}
