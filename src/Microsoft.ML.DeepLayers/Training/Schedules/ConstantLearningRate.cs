namespace Microsoft.ML.DeepLayers;

/// <summary>The same rate at every step. In JSON it is written as the number.</summary>
public sealed record ConstantLearningRate : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="learningRate">The rate; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0.</exception>
    public ConstantLearningRate(float learningRate) => LearningRate = Rate(learningRate, nameof(learningRate));

    /// <summary>The rate.</summary>
    public float LearningRate { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length) => LearningRate;
}
