namespace Microsoft.ML.DeepLayers;

/// <summary>
/// One rise and one long fall over the whole training, both along the cosine ("super-convergence", Smith and Topin 2019):
/// from maxLearningRate / divFactor to maxLearningRate, and down to maxLearningRate / divFactor / finalDivFactor. A large
/// highest rate, such as <see cref="NeuralNetworkTrainer.FindLearningRate"/> finds, then needs few epochs. PyTorch:
/// <c>OneCycleLR</c>, in two phases and without cycling the momentum.
/// </summary>
/// <example><code>
/// new Adam(new OneCycle(0.01f))
/// </code></example>
public sealed record OneCycle : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="maxLearningRate">The highest rate; above 0.</param>
    /// <param name="totalSteps">The number of optimizer steps of the cycle; at least 1. <see langword="null"/> (the default) for the whole training.</param>
    /// <param name="pctStart">The part of the steps that the rise takes, from 0 to 1. Default: 0.3.</param>
    /// <param name="divFactor">How many times the highest rate is larger than the first one; above 0. Default: 25.</param>
    /// <param name="finalDivFactor">How many times the first rate is larger than the last one; above 0. Default: 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public OneCycle(float maxLearningRate, long? totalSteps = null, float pctStart = 0.3f, float divFactor = 25, float finalDivFactor = 10_000)
    {
        MaxLearningRate = Rate(maxLearningRate, nameof(maxLearningRate));
        TotalSteps = StepCount(totalSteps, nameof(totalSteps));
        PctStart = Part(pctStart, nameof(pctStart));
        DivFactor = Positive(divFactor, nameof(divFactor));
        FinalDivFactor = Positive(finalDivFactor, nameof(finalDivFactor));
    }

    /// <summary>The highest rate.</summary>
    public float MaxLearningRate { get; }

    /// <summary>The number of optimizer steps of the cycle; <see langword="null"/> for the whole training.</summary>
    public long? TotalSteps { get; }

    /// <summary>The part of the steps that the rise takes.</summary>
    public float PctStart { get; }

    /// <summary>How many times the highest rate is larger than the first one.</summary>
    public float DivFactor { get; }

    /// <summary>How many times the first rate is larger than the last one.</summary>
    public float FinalDivFactor { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        long steps = length.StepsOr(TotalSteps, "totalSteps");
        double first = (double)MaxLearningRate / DivFactor, last = first / FinalDivFactor;
        // As PyTorch counts, the highest rate may lie between two steps, or before the first one.
        double peak = ((double)PctStart * steps) - 1, end = steps - 1;
        return step <= peak ? Between(first, MaxLearningRate, peak > 0 ? step / peak : 1)
            : step >= end ? last
            : Between(MaxLearningRate, last, (step - peak) / (end - peak));
    }

    /// <summary>Half a wave of the cosine from one rate to another.</summary>
    private static double Between(double from, double to, double done) => to + ((from - to) * (1 + Math.Cos(Math.PI * done)) / 2);
}
