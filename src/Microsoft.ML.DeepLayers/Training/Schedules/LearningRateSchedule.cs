namespace Microsoft.ML.DeepLayers;

/// <summary>
/// The learning rate as a function of the step; Keras's names, defaults and formulas. An immutable value. A number stands
/// for a constant rate: <c>new Adam(1e-3f)</c>. Derive from it for a schedule of your own, or make one of a function:
/// <see cref="FromFunction"/>.
/// </summary>
public abstract record LearningRateSchedule
{
    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The number of optimizer steps taken before, from 0.</param>
    /// <param name="length">How long the training is, for schedules that stretch over all of it.</param>
    /// <returns>The rate, above or equal to 0.</returns>
    public abstract double RateAt(long step, TrainingLength length);

    /// <summary>A constant rate.</summary>
    /// <param name="rate">The rate; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0.</exception>
    public static implicit operator LearningRateSchedule(float rate) => FromSingle(rate);

    /// <summary>A constant rate.</summary>
    /// <param name="rate">The rate; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not above 0.</exception>
    public static LearningRateSchedule FromSingle(float rate) => new ConstantLearningRate(rate);

    /// <summary>A schedule of a function. It is not written into model files.</summary>
    /// <param name="name">What it is called in logs.</param>
    /// <param name="rateAt">The rate of a step, from the number of optimizer steps taken before.</param>
    /// <exception cref="ArgumentException">The name is empty, or the function is missing.</exception>
    /// <example><code>
    /// new SGD(LearningRateSchedule.FromFunction("halves", step => 0.1 * Math.Pow(0.5, step / 1000)))
    /// </code></example>
    public static LearningRateSchedule FromFunction(string name, Func<long, double> rateAt) => new FunctionSchedule(name, rateAt);

    /// <summary>Checks a learning rate, which must be above 0 and finite.</summary>
    private protected static float Rate(float value, string name) => value is > 0 and < float.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The learning rate must be above 0.");

    /// <summary>Checks a number of steps, which must be at least 1; none stands for the whole training.</summary>
    private protected static long? StepCount(long? value, string name) => value is null or >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1, or null for the whole training.");

    /// <summary>Checks a number that must be above 0 and finite.</summary>
    private protected static float Positive(float value, string name) => value is > 0 and < float.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");

    /// <summary>Checks a number that must be at least 0 and finite.</summary>
    private protected static float NotNegative(float value, string name) => value is >= 0 and < float.PositiveInfinity
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0.");

    /// <summary>Checks a part of a whole, which must lie in [0, 1].</summary>
    private protected static float Part(float value, string name) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must lie between 0 and 1.");
}

/// <summary>How long a training is.</summary>
/// <param name="Epochs">The number of epochs that the options ask for.</param>
/// <param name="StepsPerEpoch">The number of optimizer steps of an epoch; <see langword="null"/> where it is not known, as with streamed data.</param>
public readonly record struct TrainingLength(int Epochs, long? StepsPerEpoch)
{
    /// <summary>How many optimizer steps are not counted any more.</summary>
    private long Passed { get; init; }

    /// <summary>The number of optimizer steps of the whole training; <see langword="null"/> where it is not known.</summary>
    public long? Steps => StepsPerEpoch is { } steps ? Math.Max(0, (steps * Epochs) - Passed) : null;

    /// <summary>What is left of the training after some steps, for schedules that begin later than it.</summary>
    /// <param name="steps">The number of optimizer steps.</param>
    public TrainingLength After(long steps) => this with { Passed = Passed + steps };

    /// <summary>A number of steps as given, or that of the whole training; at least 1.</summary>
    /// <param name="given">The number given; <see langword="null"/> for all.</param>
    /// <param name="parameter">What it is called, for the message.</param>
    /// <exception cref="InvalidOperationException">None was given, and the length of the training is not known.</exception>
    public long StepsOr(long? given, string parameter) => Math.Max(1, given ?? Steps ?? throw new InvalidOperationException(
        $"The data is streamed, so that the number of steps is not known when training begins: state {parameter} of the learning rate schedule."));
}
