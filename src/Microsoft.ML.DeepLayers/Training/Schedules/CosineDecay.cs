namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Falls along half a wave of the cosine (Loshchilov and Hutter 2017), after a rise in a line where one is asked for
/// (Goyal et al. 2017): rate · ((1 - alpha) · (1 + cos(π · step / decaySteps)) / 2 + alpha). Keras: <c>CosineDecay</c>.
/// </summary>
/// <example>From 0.001 to 0 over the whole training, with and without a rise over the first 500 steps:
/// <code>
/// new Adam(new CosineDecay(0.001f))
/// new Adam(new CosineDecay(0, warmupTarget: 0.001f, warmupSteps: 500))
/// </code></example>
public sealed record CosineDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0, or at least 0 with a <paramref name="warmupTarget"/>.</param>
    /// <param name="decaySteps">
    /// The number of optimizer steps of the fall; at least 1. <see langword="null"/> (the default) for the whole training,
    /// without the steps of the rise.
    /// </param>
    /// <param name="alpha">What is left of the rate at the end, as a part of it, from 0 to 1. Default: 0.</param>
    /// <param name="warmupTarget">The rate at the end of the rise, above 0; <see langword="null"/> (the default) for no rise.</param>
    /// <param name="warmupSteps">The number of optimizer steps of the rise; at least 0. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    /// <exception cref="ArgumentException">There are steps for a rise, but no target.</exception>
    public CosineDecay(float initialLearningRate, long? decaySteps = null, float alpha = 0, float? warmupTarget = null, long warmupSteps = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        if (warmupTarget is null && warmupSteps > 0)
        {
            throw new ArgumentException($"{nameof(warmupSteps)} is {warmupSteps}, but there is no {nameof(warmupTarget)}: state the rate at the end of the rise, too.", nameof(warmupSteps));
        }

        InitialLearningRate = warmupTarget is null ? Rate(initialLearningRate, nameof(initialLearningRate)) : NotNegative(initialLearningRate, nameof(initialLearningRate));
        DecaySteps = StepCount(decaySteps, nameof(decaySteps));
        Alpha = Part(alpha, nameof(alpha));
        WarmupTarget = warmupTarget is null ? null : Rate(warmupTarget.Value, nameof(warmupTarget));
        WarmupSteps = warmupSteps;
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>The number of optimizer steps of the fall; <see langword="null"/> for the whole training without the rise.</summary>
    public long? DecaySteps { get; }

    /// <summary>What is left of the rate at the end, as a part of it.</summary>
    public float Alpha { get; }

    /// <summary>The rate at the end of the rise, if there is one.</summary>
    public float? WarmupTarget { get; }

    /// <summary>The number of optimizer steps of the rise.</summary>
    public long WarmupSteps { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        // Asked for also where it is not needed yet: that it is missing should show at the first step.
        double steps = length.After(WarmupSteps).StepsOr(DecaySteps, "decaySteps");
        if (step < WarmupSteps)
        {
            return ((WarmupTarget!.Value - (double)InitialLearningRate) * step / WarmupSteps) + InitialLearningRate;
        }

        double done = Math.Min(1, (step - WarmupSteps) / steps);
        return (WarmupTarget ?? InitialLearningRate) * (((1.0 - Alpha) * (1 + Math.Cos(Math.PI * done)) / 2) + Alpha);
    }
}
