namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A rise in a line in front of another schedule (Goyal et al. 2017): while the first gradients are large and of all
/// directions, small steps are safer. Afterwards the schedule begins with its own first step; one that stretches over the
/// whole training has what the rise leaves of it.
/// </summary>
/// <example><code>
/// new Adam(new Warmup(new PolynomialDecay(0.001f), warmupSteps: 500))
/// </code></example>
public sealed record Warmup : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="schedule">What follows: a number, or a schedule.</param>
    /// <param name="warmupSteps">The number of optimizer steps of the rise; at least 1.</param>
    /// <param name="initialLearningRate">The rate of the first step; at least 0. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public Warmup(LearningRateSchedule schedule, long warmupSteps, float initialLearningRate = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentOutOfRangeException.ThrowIfLessThan(warmupSteps, 1);
        (Schedule, WarmupSteps, InitialLearningRate) = (schedule, warmupSteps, NotNegative(initialLearningRate, nameof(initialLearningRate)));
    }

    /// <summary>What follows.</summary>
    public LearningRateSchedule Schedule { get; }

    /// <summary>The number of optimizer steps of the rise.</summary>
    public long WarmupSteps { get; }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        double rate = Schedule.RateAt(Math.Max(0, step - WarmupSteps), length.After(WarmupSteps));
        return step < WarmupSteps ? ((rate - InitialLearningRate) * step / WarmupSteps) + InitialLearningRate : rate;
    }
}
