namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Reads the memory of the process during a training.</summary>
internal sealed record MemoryCallback : Callback
{
    private const int WarmUp = 3_000;

    /// <summary>After the warm-up, in bytes; 0 where training ended before.</summary>
    internal long Warm { get; private set; }

    /// <summary>When training ended, but before the model is written, in bytes.</summary>
    internal long End { get; private set; }

    /// <summary>The most until training ended.</summary>
    internal long Peak { get; private set; }

    internal long Steps { get; private set; }

    /// <summary>The seconds from the end of the first step to the last.</summary>
    internal double Seconds { get; private set; }

    public override CallbackRun Begin(TrainingRun training) => new Run(this);

    private sealed class Run(MemoryCallback callback) : CallbackRun
    {
        private long first;

        public override void OnBatchEnd(BatchResult batch)
        {
            callback.Steps++;
            first = first == 0 ? Environment.TickCount64 : first;
            callback.Seconds = (Environment.TickCount64 - first) / 1000.0;
            if (callback.Steps == WarmUp)
            {
                callback.Warm = ResidentMemory.Now;
            }
        }

        public override void OnTrainEnd() => (callback.End, callback.Peak) = (ResidentMemory.Now, ResidentMemory.Peak);
    }
}
