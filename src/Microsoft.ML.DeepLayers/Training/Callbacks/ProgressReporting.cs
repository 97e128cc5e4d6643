namespace Microsoft.ML.DeepLayers;

/// <summary>What <see cref="NeuralNetworkOptions.Progress"/> stands for.</summary>
internal sealed record ProgressReporting(IProgress<TrainingProgress> Progress) : Callback
{
    public override CallbackRun Begin(TrainingRun training) => new Run(Progress, training);

    private sealed class Run(IProgress<TrainingProgress> progress, TrainingRun training) : ProgressRun(training, TimeProvider.System)
    {
        protected override void Report(TrainingProgress report) => progress.Report(report);
    }
}
