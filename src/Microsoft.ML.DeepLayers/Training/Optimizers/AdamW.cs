using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019): each weight also shrinks by learningRate · weightDecay.</summary>
public sealed record AdamW : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The size of a step: a number, or a schedule. Default: 0.001.</param>
    /// <param name="weightDecay">The part of a weight that decays, times the learning rate. Default: 0.004, Keras's.</param>
    /// <param name="beta1">How much of the mean gradient is kept in each step. Default: 0.9.</param>
    /// <param name="beta2">How much of the mean squared gradient is kept in each step. Default: 0.999.</param>
    /// <param name="epsilon">Keeps the division finite; above 0. Default: 1e-7, Keras's.</param>
    /// <param name="amsgrad">Whether steps never grow again (AMSGrad, Reddi et al. 2018). Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public AdamW(
        LearningRateSchedule? learningRate = null, float weightDecay = 0.004f, float beta1 = 0.9f, float beta2 = 0.999f, float epsilon = 1e-7f, bool amsgrad = false)
        : base(learningRate ?? 1e-3f)
    {
        WeightDecay = NotNegative(weightDecay, nameof(weightDecay));
        (Beta1, Beta2, Epsilon, Amsgrad) = (Fraction(beta1, nameof(beta1)), Fraction(beta2, nameof(beta2)), Positive(epsilon, nameof(epsilon)), amsgrad);
    }

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
