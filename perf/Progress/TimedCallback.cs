using System.Diagnostics;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Another callback, with the time that is spent in it.</summary>
/// <param name="Inner">The callback.</param>
internal sealed record TimedCallback(Callback Inner) : Callback
{
    private readonly Stopwatch watch = new();

    internal double Seconds => watch.Elapsed.TotalSeconds;

    public override CallbackRun Begin(TrainingRun training) => new Run(Inner.Begin(training), watch);

    private sealed class Run(CallbackRun inner, Stopwatch watch) : CallbackRun
    {
        public override void OnEpochBegin(int epoch) => Time(() => inner.OnEpochBegin(epoch));

        public override void OnBatchEnd(BatchResult batch) => Time(() => inner.OnBatchEnd(batch));

        public override void OnValidationBegin(int epoch) => Time(() => inner.OnValidationBegin(epoch));

        public override void OnEpochEnd(EpochResult result) => Time(() => inner.OnEpochEnd(result));

        public override void OnTrainEnd() => Time(inner.OnTrainEnd);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }

        private void Time(Action work)
        {
            watch.Start();
            work();
            watch.Stop();
        }
    }
}
