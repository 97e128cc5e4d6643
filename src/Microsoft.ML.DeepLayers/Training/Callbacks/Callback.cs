namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Something that watches training and may steer it. It is an immutable setting, so that one set of options can train
/// many models (as cross-validation does); what it remembers of one run lives in the <see cref="CallbackRun"/> it makes.
/// </summary>
public abstract record Callback
{
    /// <summary>Called when a training run begins.</summary>
    /// <param name="training">The run.</param>
    /// <returns>What watches this run.</returns>
    /// <exception cref="InvalidOperationException">The callback cannot work in this run; the message says why.</exception>
    public abstract CallbackRun Begin(TrainingRun training);
}

/// <summary>A callback at work in one training run. Override what you need.</summary>
public abstract class CallbackRun : IDisposable
{
    /// <summary>Called before an epoch.</summary>
    /// <param name="epoch">Its number, from 1.</param>
    public virtual void OnEpochBegin(int epoch)
    {
    }

    /// <summary>Called after a batch of training.</summary>
    /// <param name="batch">Where training stands. Valid during the call only.</param>
    public virtual void OnBatchEnd(BatchResult batch)
    {
    }

    /// <summary>Called after the training data of an epoch, before the validation.</summary>
    /// <param name="epoch">The number of the epoch, from 1.</param>
    public virtual void OnValidationBegin(int epoch)
    {
    }

    /// <summary>Called after an epoch and its validation.</summary>
    /// <param name="result">What was measured.</param>
    public virtual void OnEpochEnd(EpochResult result)
    {
    }

    /// <summary>Called after the last epoch, also where training was stopped early.</summary>
    public virtual void OnTrainEnd()
    {
    }

    /// <summary>Called where training ends with an error or is cancelled. The weights are as they were then.</summary>
    /// <param name="exception">The error; an <see cref="OperationCanceledException"/> where it was cancelled.</param>
    public virtual void OnException(Exception exception)
    {
    }

    /// <summary>What a checkpoint must hold so that the callback can go on as if nothing had been. Default: nothing.</summary>
    public virtual IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double>();

    /// <summary>Takes up what <see cref="GetState"/> gave, before the first epoch of a resumed training.</summary>
    /// <param name="state">The numbers by name.</param>
    public virtual void SetState(IReadOnlyDictionary<string, double> state)
    {
    }

    /// <summary>
    /// Weights that a checkpoint must hold for the callback, such as an average; <see langword="null"/> (the default) for none.
    /// </summary>
    public virtual NetworkWeights? GetWeights() => null;

    /// <summary>Takes up what <see cref="GetWeights"/> gave, before the first epoch of a resumed training and before <see cref="SetState"/>.</summary>
    /// <param name="weights">The weights by name.</param>
    public virtual void SetWeights(NetworkWeights weights)
    {
    }

    /// <summary>Closes what the callback has opened. Called at the very end, whatever that was.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what the callback has opened.</summary>
    /// <param name="disposing">Whether it was asked to, rather than finalized.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
