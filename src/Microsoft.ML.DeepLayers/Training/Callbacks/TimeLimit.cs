using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Ends training once its time is over: after the batch that is being learned. The validation of the epoch is still done, so
/// that the model comes with its figures. <see cref="NeuralNetworkOptions.MaxTime"/> is the short form of it.
/// </summary>
/// <remarks>The time begins with the first epoch. A training that is resumed from a checkpoint has what was left of it then.</remarks>
public sealed record TimeLimit : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="limit">How long training may take; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above 0.</exception>
    public TimeLimit(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        Limit = limit;
    }

    /// <summary>How long training may take.</summary>
    public TimeSpan Limit { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(Limit, training, TimeProvider.System);
    }

    internal sealed class Run(TimeSpan limit, TrainingRun training, TimeProvider time) : CallbackRun
    {
        private const string Elapsed = "elapsedSeconds";

        private TimeSpan before;
        private long? start;
        private bool isOver;

        public override void OnEpochBegin(int epoch) => start ??= time.GetTimestamp();

        public override void OnBatchEnd(BatchResult batch)
        {
            ArgumentNullException.ThrowIfNull(batch);
            Check(string.Create(CultureInfo.InvariantCulture, $"in epoch {batch.Epoch}, after batch {batch.Batch}"));
        }

        /// <summary>The validation takes time too; an epoch should not begin for one batch.</summary>
        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            Check(string.Create(CultureInfo.InvariantCulture, $"after epoch {result.Epoch}"));
        }

        public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { [Elapsed] = Used.TotalSeconds };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            double seconds = state.Number(Elapsed);
            before = seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new FormatException(FormattableString.Invariant($"its '{Elapsed}' is {seconds} seconds."));
        }

        private TimeSpan Used => before + (start is { } begun ? time.GetElapsedTime(begun) : TimeSpan.Zero);

        private void Check(string place)
        {
            if (!isOver && Used >= limit)
            {
                isOver = true;
                training.StopNow($"Time limit: the {limit:c} of training were over {place}.");
            }
        }
    }
}
