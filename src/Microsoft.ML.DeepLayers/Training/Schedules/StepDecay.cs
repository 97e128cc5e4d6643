namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Multiplies the rate by gamma after every so many steps: initialLearningRate · gamma^⌊step / stepSize⌋. PyTorch:
/// <c>StepLR</c>, but steps are the optimizer's, not epochs; for epochs, see <see cref="LearningRateScheduler"/>.
/// </summary>
/// <example><code>
/// new SGD(new StepDecay(0.1f, stepSize: 10_000), momentum: 0.9f)
/// </code></example>
public sealed record StepDecay : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0.</param>
    /// <param name="stepSize">After how many optimizer steps the rate changes; at least 1.</param>
    /// <param name="gamma">By what it is then multiplied; above 0. Default: 0.1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public StepDecay(float initialLearningRate, long stepSize, float gamma = 0.1f)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepSize, 1);
        InitialLearningRate = Rate(initialLearningRate, nameof(initialLearningRate));
        StepSize = stepSize;
        Gamma = Positive(gamma, nameof(gamma));
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>After how many optimizer steps the rate changes.</summary>
    public long StepSize { get; }

    /// <summary>By what it is then multiplied.</summary>
    public float Gamma { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length) => InitialLearningRate * Math.Pow(Gamma, step / StepSize);
}
