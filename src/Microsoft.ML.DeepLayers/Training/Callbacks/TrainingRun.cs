using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers;

/// <summary>A training run as callbacks see it.</summary>
public sealed class TrainingRun
{
    private readonly IRunningTraining loop;
    private readonly Action<string> log;
    private readonly Dictionary<string, bool> higherIsBetter = new(StringComparer.Ordinal);
    private double learningRateFactor = 1;

    /// <param name="loop">The training itself.</param>
    /// <param name="objectives">What the network's outputs are for.</param>
    /// <param name="hasValidation">Whether there is a validation set.</param>
    /// <param name="batchesPerEpoch">The number of batches of an epoch, where it is known.</param>
    /// <param name="log">Takes messages.</param>
    internal TrainingRun(IRunningTraining loop, IReadOnlyList<Objective> objectives, bool hasValidation, long? batchesPerEpoch, Action<string> log)
    {
        this.loop = loop;
        this.log = log;
        HasValidation = hasValidation;
        foreach ((string name, Metric? metric) in EpochMeter.Measured(objectives))
        {
            higherIsBetter[name] = higherIsBetter[$"val_{name}"] = metric?.HigherIsBetter ?? false;
        }

        IEnumerable<string> training = EpochMeter.Names(objectives);
        Metrics = [.. HasValidation ? training.Concat(EpochMeter.Names(objectives, "val_")) : training];
        FirstEpoch = loop.FirstEpoch;
        LastEpoch = loop.LastEpoch;
        BatchesPerEpoch = batchesPerEpoch;
    }

    /// <summary>Whether there is a validation set, and so metrics that begin with <c>val_</c>.</summary>
    public bool HasValidation { get; }

    /// <summary>The names of the metrics that every epoch measures.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>The number of the first epoch: 1, or more where training continues.</summary>
    public int FirstEpoch { get; }

    /// <summary>The number of the last epoch, if nobody stops before.</summary>
    public int LastEpoch { get; }

    /// <summary>The number of batches of an epoch; <see langword="null"/> where it is not known, as with streamed data.</summary>
    public long? BatchesPerEpoch { get; }

    /// <summary>The number of optimizer steps taken so far.</summary>
    public long Step => loop.Steps;

    /// <summary>The learning rate of the next step.</summary>
    public double LearningRate => loop.LearningRate;

    /// <summary>By what the optimizer's learning rate is multiplied; above 0. Default: 1. Checkpoints hold it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not above 0.</exception>
    public double LearningRateFactor
    {
        get => learningRateFactor;
        set => learningRateFactor = value is > 0 and < double.PositiveInfinity
            ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The factor of the learning rate must be above 0.");
    }

    /// <summary>The epoch whose weights were restored, if any.</summary>
    internal int? RestoredEpoch { get; private set; }

    internal bool StopRequested { get; set; }

    /// <summary>Called when a batch has its loss and gradients, before weights change.</summary>
    internal Action<BatchResult>? BeforeStep { get; set; }

    internal bool StopAtOnce { get; private set; }

    /// <summary>The weights remembered, if any.</summary>
    internal (NetworkWeights Weights, int Epoch)? Kept { get; set; }

    /// <summary>Whether a higher value of a metric is better; of losses and errors it is not.</summary>
    /// <param name="metric">One of <see cref="Metrics"/>.</param>
    /// <exception cref="ArgumentException">It is not measured.</exception>
    public bool IsHigherBetter(string metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return higherIsBetter.TryGetValue(metric, out bool higher) ? higher : throw new ArgumentException($"'{metric}' is not measured. Measured are: {string.Join(", ", Metrics)}.", nameof(metric));
    }

    /// <summary>Checks that a metric is measured, and says what to do where it is not.</summary>
    /// <param name="metric">The metric's name.</param>
    /// <param name="callback">Who watches it, for the message.</param>
    /// <exception cref="InvalidOperationException">It is not measured.</exception>
    public void Demand(string metric, string callback)
    {
        ArgumentNullException.ThrowIfNull(metric);
        if (!Metrics.Contains(metric))
        {
            throw new InvalidOperationException(!HasValidation && metric.StartsWith("val_", StringComparison.Ordinal)
                ? $"{callback} watches '{metric}', but there is no validation set. Set {nameof(NeuralNetworkOptions)}.{nameof(NeuralNetworkOptions.ValidationFraction)}, call Fit(train, validation), or watch 'loss'."
                : $"{callback} watches '{metric}', which is not measured. Measured are: {string.Join(", ", Metrics)}.");
        }
    }

    /// <summary>Ends training after this epoch.</summary>
    /// <param name="reason">Why, for the log.</param>
    public void Stop(string reason)
    {
        StopRequested = true;
        Log(reason);
    }

    /// <summary>
    /// Ends training after this batch. What remains of the epoch is left out; its validation is done, so that the epoch
    /// stands in the history.
    /// </summary>
    /// <param name="reason">Why, for the log.</param>
    public void StopNow(string reason)
    {
        StopAtOnce = true;
        Stop(reason);
    }

    /// <summary>What has been measured in the current epoch so far. Reading it waits for the device.</summary>
    public IReadOnlyDictionary<string, double> ReadMetrics() => loop.ReadMetrics();

    /// <summary>
    /// Within <see cref="BeforeStep"/>: where the batch has its first number that is not finite, in words;
    /// <see langword="null"/> where all is well.
    /// </summary>
    internal string? LocateNotFinite() => loop.LocateNotFinite();

    /// <summary>A copy of the weights as they are now.</summary>
    public NetworkWeights GetWeights() => loop.GetWeights();

    /// <summary>Changes weights. Those that are not given stay as they are.</summary>
    /// <param name="weights">The weights under the network's names.</param>
    /// <exception cref="WeightMismatchException">A name or a shape is not the network's; the message lists all that do not fit.</exception>
    public void SetWeights(NetworkWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        loop.SetWeights(weights);
    }

    /// <summary>The names of the weights that optimizer steps change: neither those of frozen layers nor statistics.</summary>
    public IReadOnlySet<string> TrainableWeights => loop.TrainableWeights;

    /// <summary>
    /// Computes the moving means and variances of all <see cref="Layers.BatchNormalization"/> layers that are not frozen anew,
    /// as the averages over the batches of a pass over the training data. For weights that no step has made, such as an average
    /// of others. Call it where an epoch or the training ends.
    /// </summary>
    /// <exception cref="InvalidOperationException">An epoch is under way.</exception>
    public void UpdateBatchNormalization() => loop.UpdateBatchNormalization();

    /// <summary>Remembers the weights as they are now, in place of those remembered before.</summary>
    /// <param name="epoch">The number of the epoch that they come from.</param>
    public void KeepWeights(int epoch) => Kept = (loop.GetWeights(), epoch);

    /// <summary>Puts the remembered weights back; without any remembered, nothing changes.</summary>
    public void RestoreWeights()
    {
        if (Kept is var (weights, epoch))
        {
            loop.SetWeights(weights);
            RestoredEpoch = epoch;
        }
    }

    /// <summary>
    /// Writes all that training needs to go on from here as if nothing had been
    /// (<see cref="NeuralNetworkOptions.ResumeFrom"/>): weights, optimizer, epoch, callbacks and what they remember. An
    /// existing file is replaced at the very end, so that there is never half a checkpoint.
    /// </summary>
    /// <param name="path">The file: safetensors.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public void SaveCheckpoint(string path) => loop.SaveCheckpoint(path);

    /// <summary>Writes a line to <c>mlContext.Log</c>.</summary>
    /// <param name="message">The line.</param>
    public void Log(string message) => log(message);
}
