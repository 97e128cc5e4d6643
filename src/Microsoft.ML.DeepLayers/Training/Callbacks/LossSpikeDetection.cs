using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Watches for batches whose loss leaps away from that of the batches before: a sign of damaged data, or of a learning rate
/// that is too high. It says so in the log, or ends training. PyTorch Lightning: <c>SpikeDetection</c>.
/// </summary>
/// <remarks>
/// A spike is a loss that is not a number or is infinite; or one above that of the batch before, whose distance from the mean
/// of the last batches is at least the tolerances. It needs the loss of every batch, so that a GPU no longer works ahead.
/// </remarks>
public sealed record LossSpikeDetection : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="window">Of how many batches the mean is taken; at least 1. Default: 10.</param>
    /// <param name="warmup">How many batches at the beginning are taken as they come; at least 1. Default: 1.</param>
    /// <param name="absoluteTolerance">How far from the mean a spike is at least; not negative. Default: no such limit.</param>
    /// <param name="relativeTolerance">The same as a multiple of the mean; not negative. Default: 2, so that a spike is three times the mean.</param>
    /// <param name="stop">Whether a spike ends training. Default: <see langword="false"/>, which only says so in the log.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its range.</exception>
    public LossSpikeDetection(int window = 10, int warmup = 1, float? absoluteTolerance = null, float relativeTolerance = 2, bool stop = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(warmup, 1);
        if (absoluteTolerance is { } tolerance && !(tolerance >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(absoluteTolerance), absoluteTolerance, "The tolerance must be at least 0.");
        }

        if (!(relativeTolerance >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(relativeTolerance), relativeTolerance, "The tolerance must be at least 0.");
        }

        (Window, Warmup, AbsoluteTolerance, RelativeTolerance, Stop) = (window, warmup, absoluteTolerance, relativeTolerance, stop);
    }

    /// <summary>Of how many batches the mean is taken.</summary>
    public int Window { get; }

    /// <summary>How many batches at the beginning are taken as they come.</summary>
    public int Warmup { get; }

    /// <summary>How far from the mean a spike is at least, if that is limited.</summary>
    public float? AbsoluteTolerance { get; }

    /// <summary>The same as a multiple of the mean.</summary>
    public float RelativeTolerance { get; }

    /// <summary>Whether a spike ends training.</summary>
    public bool Stop { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(this, training);
    }

    internal sealed class Run(LossSpikeDetection settings, TrainingRun training) : CallbackRun
    {
        private readonly Queue<double> window = new();
        private double last;
        private long seen;

        public override void OnBatchEnd(BatchResult batch)
        {
            ArgumentNullException.ThrowIfNull(batch);
            if (Add(batch.Loss) is { } mean)
            {
                string message = string.Create(
                    CultureInfo.InvariantCulture,
                    $"Loss spike: the loss of batch {batch.Batch} of epoch {batch.Epoch} (step {batch.Step}) is {EpochResult.Format(batch.Loss)}, while that of the batches before was {EpochResult.Format(mean)} on average. Look at its data, or lower the learning rate (it is {batch.LearningRate:G6}).");
                if (settings.Stop)
                {
                    training.StopNow(message);
                }
                else
                {
                    training.Log(message);
                }
            }
        }

        public override IReadOnlyDictionary<string, double> GetState() => window
            .Select((loss, place) => (Name: string.Create(CultureInfo.InvariantCulture, $"loss{place}"), Value: loss))
            .Append((nameof(last), last)).Append((nameof(seen), seen))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            window.Clear();
            for (int place = 0; state.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"loss{place}"), out double loss); place++)
            {
                window.Enqueue(loss);
            }

            (last, seen) = (state.Number(nameof(last)), state.Count(nameof(seen)));
        }

        /// <summary>Takes a loss in; where it is a spike, gives the mean that it leapt away from.</summary>
        internal double? Add(double loss)
        {
            double mean = window.Count == 0 ? double.NaN : window.Average();
            bool isSpike = seen++ >= settings.Warmup && IsSpike(loss, mean);
            if (double.IsFinite(loss))
            {
                // Spikes too: a loss that stays where it leapt to is news once.
                window.Enqueue(loss);
                last = loss;
                if (window.Count > settings.Window)
                {
                    window.Dequeue();
                }
            }

            return isSpike ? mean : null;
        }

        private bool IsSpike(double loss, double mean)
        {
            double distance = Math.Abs(loss - mean);
            return !double.IsFinite(loss)
                || (loss > last && distance >= (settings.AbsoluteTolerance ?? 0) && distance >= Math.Abs(settings.RelativeTolerance * mean));
        }
    }
}
