using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Stops training when a metric has not improved for some epochs, and puts the best weights back. Keras:
/// <c>EarlyStopping</c>, but the best weights are restored unless asked not to.
/// </summary>
public sealed record EarlyStopping : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="monitor">The metric to watch. Default: <c>val_loss</c>, which needs a validation set.</param>
    /// <param name="patience">How many epochs without improvement are borne; at least 0. Default: 3.</param>
    /// <param name="minDelta">By how much a value must be better to count. Default: 0.</param>
    /// <param name="restoreBestWeights">Whether the model gets the weights of the best epoch. Default: <see langword="true"/>.</param>
    /// <exception cref="ArgumentException">The metric is empty, or a number is negative.</exception>
    public EarlyStopping(string monitor = "val_loss", int patience = 3, float minDelta = 0, bool restoreBestWeights = true)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(monitor);
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(minDelta);
        (Monitor, Patience, MinDelta, RestoreBestWeights) = (monitor, patience, minDelta, restoreBestWeights);
    }

    /// <summary>The metric to watch. What is better, more or less, follows from <see cref="Metric.HigherIsBetter"/>.</summary>
    public string Monitor { get; }

    /// <summary>How many epochs without improvement are borne.</summary>
    public int Patience { get; }

    /// <summary>By how much a value must be better to count.</summary>
    public float MinDelta { get; }

    /// <summary>Whether the model gets the weights of the best epoch.</summary>
    public bool RestoreBestWeights { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Demand(Monitor, nameof(EarlyStopping));
        return new Run(this, training);
    }

    private sealed class Run(EarlyStopping settings, TrainingRun training) : CallbackRun
    {
        private readonly bool higherIsBetter = training.IsHigherBetter(settings.Monitor);
        private double best = double.NaN;
        private int bestEpoch;
        private int waited;

        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            double value = result.Metrics[settings.Monitor];
            bool better = double.IsNaN(best) || (higherIsBetter ? value > best + settings.MinDelta : value < best - settings.MinDelta);
            if (better)
            {
                (best, bestEpoch, waited) = (value, result.Epoch, 0);
                if (settings.RestoreBestWeights)
                {
                    training.KeepWeights(result.Epoch);
                }
            }
            else if (++waited >= settings.Patience)
            {
                training.Stop(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Early stopping: {settings.Monitor} has not improved on {best:0.0000} (epoch {bestEpoch}) for {waited} epochs."));
            }
        }

        public override IReadOnlyDictionary<string, double> GetState() =>
            new Dictionary<string, double> { ["best"] = best, ["bestEpoch"] = bestEpoch, ["waited"] = waited };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            (best, bestEpoch, waited) = (state.Number("best"), state.Count("bestEpoch"), state.Count("waited"));
        }

        public override void OnTrainEnd() => training.RestoreWeights();
    }
}
