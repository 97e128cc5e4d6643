namespace Microsoft.ML.DeepLayers;

/// <summary>
/// A callback made of functions, for what is not worth a class. Model files do not hold it. Keras: <c>LambdaCallback</c>.
/// </summary>
/// <example>
/// <code>
/// new LambdaCallback(onEpochEnd: (training, result) =>
/// {
///     if (result.Metrics["loss"] &lt; 0.01)
///     {
///         training.Stop("Good enough.");
///     }
/// })
/// </code>
/// </example>
public sealed record LambdaCallback : Callback
{
    /// <summary>Creates the callback. Each function is called where <see cref="CallbackRun"/>'s method of the same name is.</summary>
    /// <param name="onTrainBegin">Called when a run begins.</param>
    /// <param name="onEpochBegin">Called before an epoch, with its number from 1.</param>
    /// <param name="onBatchEnd">Called after a batch of training. What it is given is valid during the call only.</param>
    /// <param name="onValidationBegin">Called before an epoch's validation, with the number of the epoch.</param>
    /// <param name="onEpochEnd">Called after an epoch and its validation.</param>
    /// <param name="onTrainEnd">Called after the last epoch.</param>
    /// <param name="onException">Called where training ends with an error or is cancelled.</param>
    public LambdaCallback(
        Action<TrainingRun>? onTrainBegin = null,
        Action<TrainingRun, int>? onEpochBegin = null,
        Action<TrainingRun, BatchResult>? onBatchEnd = null,
        Action<TrainingRun, int>? onValidationBegin = null,
        Action<TrainingRun, EpochResult>? onEpochEnd = null,
        Action<TrainingRun>? onTrainEnd = null,
        Action<TrainingRun, Exception>? onException = null)
    {
        (OnTrainBegin, OnEpochBegin, OnBatchEnd, OnValidationBegin) = (onTrainBegin, onEpochBegin, onBatchEnd, onValidationBegin);
        (OnEpochEnd, OnTrainEnd, OnException) = (onEpochEnd, onTrainEnd, onException);
    }

    /// <summary>Called when a run begins.</summary>
    public Action<TrainingRun>? OnTrainBegin { get; }

    /// <summary>Called before an epoch.</summary>
    public Action<TrainingRun, int>? OnEpochBegin { get; }

    /// <summary>Called after a batch of training.</summary>
    public Action<TrainingRun, BatchResult>? OnBatchEnd { get; }

    /// <summary>Called before an epoch's validation.</summary>
    public Action<TrainingRun, int>? OnValidationBegin { get; }

    /// <summary>Called after an epoch and its validation.</summary>
    public Action<TrainingRun, EpochResult>? OnEpochEnd { get; }

    /// <summary>Called after the last epoch.</summary>
    public Action<TrainingRun>? OnTrainEnd { get; }

    /// <summary>Called where training ends with an error or is cancelled.</summary>
    public Action<TrainingRun, Exception>? OnException { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        OnTrainBegin?.Invoke(training);
        return new Run(this, training);
    }

    private sealed class Run(LambdaCallback functions, TrainingRun training) : CallbackRun
    {
        public override void OnEpochBegin(int epoch) => functions.OnEpochBegin?.Invoke(training, epoch);

        public override void OnBatchEnd(BatchResult batch) => functions.OnBatchEnd?.Invoke(training, batch);

        public override void OnValidationBegin(int epoch) => functions.OnValidationBegin?.Invoke(training, epoch);

        public override void OnEpochEnd(EpochResult result) => functions.OnEpochEnd?.Invoke(training, result);

        public override void OnTrainEnd() => functions.OnTrainEnd?.Invoke(training);

        public override void OnException(Exception exception) => functions.OnException?.Invoke(training, exception);
    }
}
