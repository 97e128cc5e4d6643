namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Multiplies the rate by the same factor in the same time: initialLearningRate · decayRate^(step / decaySteps). Keras:
/// <c>ExponentialDecay</c>.
/// </summary>
/// <example><code>
/// new SGD(new ExponentialDecay(0.1f, decaySteps: 10_000, decayRate: 0.9f))
/// </code></example>
public sealed record ExponentialDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0.</param>
    /// <param name="decaySteps">
    /// After how many optimizer steps the rate is multiplied by <paramref name="decayRate"/>; at least 1.
    /// <see langword="null"/> for the whole training.
    /// </param>
    /// <param name="decayRate">By what the rate is multiplied; above 0.</param>
    /// <param name="staircase">Whether the rate changes at once after those steps, rather than a little in each. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public ExponentialDecay(float initialLearningRate, long? decaySteps, float decayRate, bool staircase = false)
    {
        InitialLearningRate = Rate(initialLearningRate, nameof(initialLearningRate));
        DecaySteps = StepCount(decaySteps, nameof(decaySteps));
        DecayRate = Positive(decayRate, nameof(decayRate));
        Staircase = staircase;
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>After how many optimizer steps the rate is multiplied; <see langword="null"/> for the whole training.</summary>
    public long? DecaySteps { get; }

    /// <summary>By what the rate is multiplied.</summary>
    public float DecayRate { get; }

    /// <summary>Whether the rate changes at once after those steps.</summary>
    public bool Staircase { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        double times = (double)step / length.StepsOr(DecaySteps, "decaySteps");
        return InitialLearningRate * Math.Pow(DecayRate, Staircase ? Math.Floor(times) : times);
    }
}
