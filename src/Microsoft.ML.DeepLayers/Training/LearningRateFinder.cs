namespace Microsoft.ML.DeepLayers.Training;

/// <summary>
/// Trains with a rate that rises from step to step, and notes the losses, until they diverge (Smith 2017). As in fastai, the
/// rate rises exponentially, and the loss diverges where its moving average is four times its best.
/// </summary>
internal static class LearningRateFinder
{
    private const double Kept = 0.9;
    private const double DivergedAt = 4;

    /// <summary>Checks a range of rates.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rate is not above 0, the range is empty, or there are too few steps.</exception>
    internal static void Check(float minLearningRate, float maxLearningRate, int steps)
    {
        if (minLearningRate is not (> 0 and < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(minLearningRate), minLearningRate, "The learning rate must be above 0.");
        }

        if (!(maxLearningRate > minLearningRate && maxLearningRate < float.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(maxLearningRate), maxLearningRate, $"The highest learning rate must be above the lowest one, {minLearningRate}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 10);
    }

    /// <summary>Goes through the rates.</summary>
    /// <exception cref="InvalidOperationException">The data or the network cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    internal static LearningRateCurve Run(TrainingPlan plan, float minLearningRate, float maxLearningRate, int steps)
    {
        var points = new List<LearningRatePoint>();
        double ratio = (double)maxLearningRate / minLearningRate;
        var watcher = new Watcher(points, steps);
        TrainingResult result = TrainingLoop.Run(plan with
        {
            // The optimizer's own schedule does not matter, nor do callbacks, validation, or where training has been before.
            LearningRateInstead = LearningRateSchedule.FromFunction("rising", step => minLearningRate * Math.Pow(ratio, step / (steps - 1.0))),
            CallbacksInstead = [watcher],
            // Each epoch has a step at least.
            EpochsInstead = steps,
            Examples = plan.Examples with { Validation = null },
            InitialHistory = null,
            Checkpoint = null,
            MayDiverge = true,
            Log = _ => { },
        });
        return result.History.WasCancelled
            ? throw new OperationCanceledException("The search for a learning rate was cancelled.", plan.Options.CancellationToken)
            : new LearningRateCurve(points, watcher.Diverged);
    }

    /// <summary>Notes the losses, and stops where they diverge.</summary>
    private sealed record Watcher(List<LearningRatePoint> Points, int Steps) : Callback
    {
        internal bool Diverged { get; private set; }

        public override CallbackRun Begin(TrainingRun training) => new Run(this, training);

        private sealed class Run(Watcher watcher, TrainingRun training) : CallbackRun
        {
            private double rate;
            private double sum;
            private int batches;
            private double average;
            private double best = double.PositiveInfinity;

            public override void OnBatchEnd(BatchResult batch)
            {
                rate = batch.LearningRate;
                sum += batch.Loss;
                batches++;
                // Batches whose gradients wait for a step together make one point.
                if (batch.Step > watcher.Points.Count)
                {
                    Add();
                }
            }

            public override void OnEpochEnd(EpochResult result)
            {
                // What is left at the end of an epoch makes a step, too.
                if (batches > 0)
                {
                    Add();
                }
            }

            private void Add()
            {
                List<LearningRatePoint> points = watcher.Points;
                double loss = sum / batches;
                (sum, batches) = (0, 0);
                average = (Kept * average) + ((1 - Kept) * loss);
                double smoothed = average / (1 - Math.Pow(Kept, points.Count + 1));
                best = Math.Min(best, smoothed);
                watcher.Diverged = !double.IsFinite(smoothed) || smoothed > DivergedAt * best;
                if (double.IsFinite(smoothed))
                {
                    points.Add(new LearningRatePoint(rate, loss, smoothed));
                }

                if (watcher.Diverged || points.Count == watcher.Steps)
                {
                    training.StopNow("");
                }
            }
        }
    }
}
