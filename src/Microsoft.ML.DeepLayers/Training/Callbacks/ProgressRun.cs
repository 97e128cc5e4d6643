namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Works out how far training is, some ten times a second and at the end of each epoch: what is measured lies on the device,
/// and each look at it waits for the device.
/// </summary>
internal abstract class ProgressRun(TrainingRun training, TimeProvider time) : CallbackRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private long? lastReport;
    private long? runStart;
    private long epochStart;
    private int epoch;
    private long batch;
    private long examples;
    private long? batches = training.BatchesPerEpoch;
    private double? firstPlace;
    private double examplesPerSecond;

    public override void OnEpochBegin(int epoch)
    {
        (this.epoch, batch, examples) = (epoch, 0, 0);
        epochStart = time.GetTimestamp();
        runStart ??= epochStart;
    }

    public override void OnBatchEnd(BatchResult batch)
    {
        // A resumed run may begin within an epoch.
        firstPlace ??= batches is { } count ? epoch - 1 + ((batch.Batch - 1.0) / count) : epoch - 1;
        this.batch = batch.Batch;
        examples += batch.Examples;
        if (IsDue())
        {
            UpdateRate();
            Report(Progress(TrainingPhase.Training, training.ReadMetrics()));
        }
    }

    public override void OnValidationBegin(int epoch)
    {
        UpdateRate();
        if (IsDue())
        {
            Report(Progress(TrainingPhase.Validation, training.ReadMetrics()));
        }
    }

    public override void OnEpochEnd(EpochResult result)
    {
        if (!training.HasValidation)
        {
            UpdateRate();
        }

        batches ??= batch;
        Report(Progress(TrainingPhase.EpochEnd, result.Metrics));
        lastReport = time.GetTimestamp();
    }

    /// <summary>Takes a report.</summary>
    protected abstract void Report(TrainingProgress progress);

    private bool IsDue()
    {
        if (lastReport is { } last && time.GetElapsedTime(last) < Interval)
        {
            return false;
        }

        lastReport = time.GetTimestamp();
        return true;
    }

    private void UpdateRate()
    {
        double seconds = time.GetElapsedTime(epochStart).TotalSeconds;
        examplesPerSecond = seconds > 0 ? examples / seconds : 0;
    }

    private TrainingProgress Progress(TrainingPhase phase, IReadOnlyDictionary<string, double> metrics)
    {
        TimeSpan elapsed = time.GetElapsedTime(runStart!.Value);
        return new TrainingProgress
        {
            Phase = phase,
            Epoch = epoch,
            Epochs = training.LastEpoch,
            Batch = batch,
            Batches = batches,
            Metrics = metrics,
            ExamplesPerSecond = examplesPerSecond,
            Elapsed = elapsed,
            EpochElapsed = time.GetElapsedTime(epochStart),
            Remaining = Remaining(phase, elapsed),
        };
    }

    /// <summary>All that is left takes as long as what was done.</summary>
    private TimeSpan? Remaining(TrainingPhase phase, TimeSpan elapsed)
    {
        double? place = phase == TrainingPhase.EpochEnd ? epoch : epoch - 1 + ((double)batch / batches);
        double seconds = elapsed.TotalSeconds * (training.LastEpoch - place) / (place - firstPlace) ?? double.NaN;
        return seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
