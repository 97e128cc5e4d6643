namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Trains on a few batches over and over: looks closely at each of them once, then sees whether the network can learn them by
/// heart.
/// </summary>
internal static class Doctor
{
    // Enough to learn a few batches by heart at usual learning rates, and over in seconds for small networks.
    private const int OverfittingSteps = 300;

    /// <summary>Examines a training.</summary>
    /// <param name="plan">Its plan.</param>
    /// <param name="batches">How many batches are looked at.</param>
    /// <param name="more">What was found before.</param>
    internal static Diagnosis Examine(TrainingPlan plan, int batches, IEnumerable<Finding> more)
    {
        using var recorder = new StepRecorder(plan, batches);
        long repeated = Math.Min(batches, plan.BatchesPerEpoch ?? batches);
        TrainingPlan trial = plan with
        {
            Examples = plan.Examples with { Validation = null },
            Checkpoint = null,
            CallbacksInstead = [],
            EpochsInstead = (int)Math.Max(2, (Math.Max(batches, OverfittingSteps) + repeated - 1) / repeated),
            LengthInstead = plan.Length,
            RepeatedBatches = batches,
            Observer = recorder,
            Log = _ => { },
        };
        double? overfitted = null;
        try
        {
            overfitted = TrainingLoop.Run(trial).History.Epochs[^1].Metrics["loss"];
        }
        catch (InvalidOperationException exception) when (recorder.Losses.Count > 0)
        {
            // It diverged: while it was looked at, which the recorder knows, or later, which a loss beyond all bounds says.
            overfitted = double.PositiveInfinity;
            more = more.Append(new Finding(FindingSeverity.Error, null, "Training ended early.", exception.Message));
        }

        var examination = new Examination(plan, recorder);
        Finding[] findings = [.. examination.Findings(overfitted).Concat(more).OrderByDescending(finding => finding.Severity)];
        return new Diagnosis(examination.Layers(), findings, recorder.Losses);
    }
}
