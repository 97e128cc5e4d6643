namespace Microsoft.ML.DeepLayers;

/// <summary>Where training stands, for who shows it. See <see cref="NeuralNetworkOptions.Progress"/>.</summary>
public sealed record TrainingProgress
{
    /// <summary>What training is doing.</summary>
    public required TrainingPhase Phase { get; init; }

    /// <summary>The number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>The number of the last epoch, if nobody stops before.</summary>
    public required int Epochs { get; init; }

    /// <summary>How many batches of the epoch are learned.</summary>
    public required long Batch { get; init; }

    /// <summary>How many batches an epoch has; <see langword="null"/> where it is not known, as with streamed data in the first epoch.</summary>
    public long? Batches { get; init; }

    /// <summary>
    /// What the epoch has measured so far, by name: <c>loss</c>, and the metrics; at its end those of the validation too.
    /// </summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The mean loss of the epoch so far.</summary>
    public double Loss => Metrics["loss"];

    /// <summary>How many training examples are learned in a second, in this epoch.</summary>
    public required double ExamplesPerSecond { get; init; }

    /// <summary>The time since the first epoch of the run began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The time since the epoch began.</summary>
    public required TimeSpan EpochElapsed { get; init; }

    /// <summary>How long training will still take, by how long it took so far; <see langword="null"/> where that cannot be said yet.</summary>
    public TimeSpan? Remaining { get; init; }
}

/// <summary>What training is doing.</summary>
public enum TrainingPhase
{
    /// <summary>It learns from the training data.</summary>
    Training,

    /// <summary>It measures on the validation data.</summary>
    Validation,

    /// <summary>An epoch, with its validation, is done.</summary>
    EpochEnd,
}
