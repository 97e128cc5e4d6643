namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Goes from one rate to another, in a line (power 1) or a curve:
/// (initialLearningRate - endLearningRate) · (1 - step / decaySteps)^power + endLearningRate. Keras:
/// <c>PolynomialDecay</c>.
/// </summary>
/// <example>From 0.01 in a line to 0.0001 over the whole training:
/// <code>
/// new SGD(new PolynomialDecay(0.01f))
/// </code></example>
public sealed record PolynomialDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0.</param>
    /// <param name="decaySteps">
    /// The number of optimizer steps from one rate to the other; at least 1. <see langword="null"/> (the default) for the
    /// whole training.
    /// </param>
    /// <param name="endLearningRate">The rate after those steps; at least 0. Default: 0.0001.</param>
    /// <param name="power">The power; above 0. Default: 1.</param>
    /// <param name="cycle">
    /// Whether the rate rises again after those steps, and then falls over twice, three times, ... as many counted from the
    /// first one. Default: <see langword="false"/>, which stays at the end.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public PolynomialDecay(float initialLearningRate, long? decaySteps = null, float endLearningRate = 0.0001f, float power = 1, bool cycle = false)
    {
        InitialLearningRate = Rate(initialLearningRate, nameof(initialLearningRate));
        DecaySteps = StepCount(decaySteps, nameof(decaySteps));
        EndLearningRate = NotNegative(endLearningRate, nameof(endLearningRate));
        Power = Positive(power, nameof(power));
        Cycle = cycle;
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>The number of optimizer steps from one rate to the other; <see langword="null"/> for the whole training.</summary>
    public long? DecaySteps { get; }

    /// <summary>The rate after those steps.</summary>
    public float EndLearningRate { get; }

    /// <summary>The power.</summary>
    public float Power { get; }

    /// <summary>Whether the rate rises again after those steps.</summary>
    public bool Cycle { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        double steps = length.StepsOr(DecaySteps, "decaySteps");
        double cycles = Cycle && step > 0 ? Math.Ceiling(step / steps) : 1;
        double done = Math.Min(1, step / (steps * cycles));
        return (((double)InitialLearningRate - EndLearningRate) * Math.Pow(1 - done, Power)) + EndLearningRate;
    }
}
