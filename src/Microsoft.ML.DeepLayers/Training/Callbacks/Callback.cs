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
public abstract class CallbackRun
{
    /// <summary>Called before an epoch.</summary>
    /// <param name="epoch">Its number, from 1.</param>
    public virtual void OnEpochBegin(int epoch)
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
}
