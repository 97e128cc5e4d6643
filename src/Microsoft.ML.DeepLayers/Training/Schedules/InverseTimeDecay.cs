namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Divides the rate by what grows with time: initialLearningRate / (1 + decayRate · step / decaySteps). Keras:
/// <c>InverseTimeDecay</c>.
/// </summary>
/// <example><code>
/// new SGD(new InverseTimeDecay(0.1f, decaySteps: 1000, decayRate: 0.5f))
/// </code></example>
public sealed record InverseTimeDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0.</param>
    /// <param name="decaySteps">
    /// In how many optimizer steps the divisor grows by <paramref name="decayRate"/>; at least 1. <see langword="null"/> for
    /// the whole training.
    /// </param>
    /// <param name="decayRate">By what the divisor grows; at least 0.</param>
    /// <param name="staircase">Whether the rate changes at once after those steps, rather than a little in each. Default: <see langword="false"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public InverseTimeDecay(float initialLearningRate, long? decaySteps, float decayRate, bool staircase = false)
    {
        InitialLearningRate = Rate(initialLearningRate, nameof(initialLearningRate));
        DecaySteps = StepCount(decaySteps, nameof(decaySteps));
        DecayRate = NotNegative(decayRate, nameof(decayRate));
        Staircase = staircase;
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>In how many optimizer steps the divisor grows by the decay rate; <see langword="null"/> for the whole training.</summary>
    public long? DecaySteps { get; }

    /// <summary>By what the divisor grows.</summary>
    public float DecayRate { get; }

    /// <summary>Whether the rate changes at once after those steps.</summary>
    public bool Staircase { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        double times = (double)step / length.StepsOr(DecaySteps, "decaySteps");
        return InitialLearningRate / (1 + (DecayRate * (Staircase ? Math.Floor(times) : times)));
    }
}
