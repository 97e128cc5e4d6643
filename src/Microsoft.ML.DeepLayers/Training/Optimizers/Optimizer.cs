using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// How gradients change weights; Keras's names, defaults and update rules. An immutable value: the state of a training
/// run (moments, step count) is an <see cref="OptimizerState"/>.
/// </summary>
public abstract record Optimizer
{
    private readonly float weightDecay;
    private readonly float? clipValue;
    private readonly float? clipNorm;
    private readonly float? globalClipNorm;
    private readonly int gradientAccumulationSteps = 1;
    private readonly float? emaMomentum;

    private protected Optimizer(LearningRateSchedule learningRate)
    {
        ArgumentNullException.ThrowIfNull(learningRate);
        LearningRate = learningRate;
    }

    /// <summary>The size of a step: a number, or a schedule.</summary>
    public LearningRateSchedule LearningRate { get; }

    /// <summary>
    /// By which part of itself, times the learning rate, each weight shrinks at every step (decoupled weight decay,
    /// Loshchilov and Hutter 2019); at least 0. Default: 0. Keras: <c>weight_decay</c>.
    /// </summary>
    public float WeightDecay
    {
        get => weightDecay;
        init => weightDecay = NotNegative(value, nameof(WeightDecay));
    }

    /// <summary>
    /// Whether weights of one dimension, which are biases and the scales and offsets of normalizations, do not decay. Default:
    /// <see langword="false"/>. Keras: <c>exclude_from_weight_decay</c>.
    /// </summary>
    public bool ExcludeBiasAndNormFromWeightDecay { get; init; }

    /// <summary>The largest size of any value of a gradient; above 0. <see langword="null"/> (the default) leaves it. Keras: <c>clipvalue</c>.</summary>
    public float? ClipValue
    {
        get => clipValue;
        init => clipValue = value is null ? null : Positive(value.Value, nameof(ClipValue));
    }

    /// <summary>The largest norm of the gradient of each weight tensor; above 0. <see langword="null"/> (the default) leaves it. Keras: <c>clipnorm</c>.</summary>
    public float? ClipNorm
    {
        get => clipNorm;
        init => clipNorm = value is null ? null : Positive(value.Value, nameof(ClipNorm));
    }

    /// <summary>The largest norm of all gradients together; above 0. <see langword="null"/> (the default) leaves it. Keras: <c>global_clipnorm</c>.</summary>
    public float? GlobalClipNorm
    {
        get => globalClipNorm;
        init => globalClipNorm = value is null ? null : Positive(value.Value, nameof(GlobalClipNorm));
    }

    /// <summary>
    /// Over how many batches gradients are averaged before a step; at least 1. A batch that does not fit memory is made of
    /// several this way. Default: 1. Keras: <c>gradient_accumulation_steps</c>; but what is left at the end of an epoch makes
    /// a step, too.
    /// </summary>
    public int GradientAccumulationSteps
    {
        get => gradientAccumulationSteps;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            gradientAccumulationSteps = value;
        }
    }

    /// <summary>
    /// How much of the exponential moving average of the weights is kept at every step, from 0 to below 1, e.g. 0.99.
    /// Validation and the trained model then use the average (Polyak and Juditsky 1992). <see langword="null"/> (the default)
    /// keeps no average. Keras: <c>use_ema</c>, <c>ema_momentum</c>.
    /// </summary>
    public float? EmaMomentum
    {
        get => emaMomentum;
        init => emaMomentum = value is null ? null : Fraction(value.Value, nameof(EmaMomentum));
    }

    /// <summary>The learning rate and what is not as by default, e.g. <c>Adam { LearningRate = 0.001, Beta1 = 0.8 }</c>, the same in every culture.</summary>
    public sealed override string ToString() => OptimizerText.Of(this);

    /// <summary>Makes the state of a training run.</summary>
    /// <param name="parameters">All trainable weights.</param>
    internal abstract OptimizerState CreateState(ParameterBuffer parameters);

    /// <summary>Checks an epsilon, which must be above 0 and finite: at 0, a gradient of 0 would give 0 / 0.</summary>
    private protected static float Positive(float value, string name) =>
        value is > 0 and < float.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");

    /// <summary>Checks a number that must be at least 0.</summary>
    private protected static float NotNegative(float value, string name) =>
        value is >= 0 and < float.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0.");

    /// <summary>Checks a factor that must lie in [0, 1).</summary>
    private protected static float Fraction(float value, string name) =>
        value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and below 1.");
}
