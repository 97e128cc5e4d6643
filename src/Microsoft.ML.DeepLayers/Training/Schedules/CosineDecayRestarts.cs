namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Falls along half a wave of the cosine, jumps back, and falls again, each time longer: "warm restarts" (SGDR, Loshchilov
/// and Hutter 2017). Keras: <c>CosineDecayRestarts</c>.
/// </summary>
/// <example>Falls over 1,000 steps, then over 2,000, then over 4,000:
/// <code>
/// new SGD(new CosineDecayRestarts(0.1f, firstDecaySteps: 1000), momentum: 0.9f)
/// </code></example>
public sealed record CosineDecayRestarts : LearningRateSchedule
{
    /// <summary>Creates the schedule.</summary>
    /// <param name="initialLearningRate">The rate of the first step; above 0.</param>
    /// <param name="firstDecaySteps">
    /// The number of optimizer steps of the first fall; at least 1. <see langword="null"/> for the whole training, which
    /// leaves none for another one.
    /// </param>
    /// <param name="tMul">How many times longer than the last one each fall is; at least 1. Default: 2.</param>
    /// <param name="mMul">By what the rate that a fall begins with is multiplied for the next one; above 0. Default: 1.</param>
    /// <param name="alpha">What is left at the end of a fall, as a part of the initial rate, from 0 to 1. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public CosineDecayRestarts(float initialLearningRate, long? firstDecaySteps, float tMul = 2, float mMul = 1, float alpha = 0)
    {
        InitialLearningRate = Rate(initialLearningRate, nameof(initialLearningRate));
        FirstDecaySteps = StepCount(firstDecaySteps, nameof(firstDecaySteps));
        TMul = tMul is >= 1 and < float.PositiveInfinity
            ? tMul
            : throw new ArgumentOutOfRangeException(nameof(tMul), tMul, "tMul must be at least 1: shorter and shorter falls would come to an end.");
        MMul = Positive(mMul, nameof(mMul));
        Alpha = Part(alpha, nameof(alpha));
    }

    /// <summary>The rate of the first step.</summary>
    public float InitialLearningRate { get; }

    /// <summary>The number of optimizer steps of the first fall; <see langword="null"/> for the whole training.</summary>
    public long? FirstDecaySteps { get; }

    /// <summary>How many times longer than the last one each fall is.</summary>
    public float TMul { get; }

    /// <summary>By what the rate that a fall begins with is multiplied for the next one.</summary>
    public float MMul { get; }

    /// <summary>What is left at the end of a fall, as a part of the initial rate.</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    public override double RateAt(long step, TrainingLength length)
    {
        // In units of the first fall.
        double time = (double)step / length.StepsOr(FirstDecaySteps, "firstDecaySteps");
        double restarts = TMul == 1 ? Math.Floor(time) : Math.Floor(Math.Log(1 + (time * (TMul - 1.0))) / Math.Log(TMul));
        // The logarithms' rounding may put a restart's own step before it.
        restarts += time >= Begin(restarts + 1) ? 1 : time < Begin(restarts) ? -1 : 0;
        double done = (time - Begin(restarts)) / Math.Pow(TMul, restarts);
        double cosine = Math.Pow(MMul, restarts) * (1 + Math.Cos(Math.PI * done)) / 2;
        return InitialLearningRate * (((1.0 - Alpha) * cosine) + Alpha);
    }

    /// <summary>When a fall begins: the length of all those before it.</summary>
    private double Begin(double restarts) => TMul == 1 ? restarts : (Math.Pow(TMul, restarts) - 1) / (TMul - 1.0);
}
