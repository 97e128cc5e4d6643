using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Lowers the learning rate when a metric has not improved for some epochs. Keras: <c>ReduceLROnPlateau</c>. It works beside
/// a <see cref="LearningRateSchedule"/> as well, whose rates it multiplies.
/// </summary>
/// <example><code>
/// Callbacks = { new ReduceLROnPlateau(factor: 0.2f, patience: 5, minLearningRate: 1e-5f) }
/// </code></example>
public sealed record ReduceLROnPlateau : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="monitor">The metric to watch. Default: <c>val_loss</c>, which needs a validation set.</param>
    /// <param name="factor">By what the rate is multiplied; above 0 and below 1. Default: 0.1.</param>
    /// <param name="patience">How many epochs without improvement are borne; at least 0. Default: 10.</param>
    /// <param name="minDelta">By how much a value must be better to count; at least 0. Default: 0.0001.</param>
    /// <param name="cooldown">How many epochs after a reduction do not count; at least 0. Default: 0.</param>
    /// <param name="minLearningRate">Below what the rate is not reduced; at least 0. Default: 0. Keras: <c>min_lr</c>.</param>
    /// <exception cref="ArgumentException">The metric is empty, or a number lies outside its range.</exception>
    public ReduceLROnPlateau(
        string monitor = "val_loss", float factor = 0.1f, int patience = 10, float minDelta = 0.0001f, int cooldown = 0, float minLearningRate = 0)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(monitor);
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(minDelta);
        ArgumentOutOfRangeException.ThrowIfNegative(cooldown);
        ArgumentOutOfRangeException.ThrowIfNegative(minLearningRate);
        Monitor = monitor;
        Factor = factor is > 0 and < 1 ? factor : throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor must be above 0 and below 1.");
        (Patience, MinDelta, Cooldown, MinLearningRate) = (patience, minDelta, cooldown, minLearningRate);
    }

    /// <summary>The metric to watch. What is better, more or less, follows from <see cref="Metric.HigherIsBetter"/>.</summary>
    public string Monitor { get; }

    /// <summary>By what the rate is multiplied.</summary>
    public float Factor { get; }

    /// <summary>How many epochs without improvement are borne.</summary>
    public int Patience { get; }

    /// <summary>By how much a value must be better to count.</summary>
    public float MinDelta { get; }

    /// <summary>How many epochs after a reduction do not count.</summary>
    public int Cooldown { get; }

    /// <summary>Below what the rate is not reduced. A schedule of the optimizer may go below it by itself.</summary>
    public float MinLearningRate { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Demand(Monitor, nameof(ReduceLROnPlateau));
        return new Run(this, training);
    }

    private sealed class Run(ReduceLROnPlateau settings, TrainingRun training) : CallbackRun
    {
        private readonly bool higherIsBetter = training.IsHigherBetter(settings.Monitor);
        private double best = training.IsHigherBetter(settings.Monitor) ? double.NegativeInfinity : double.PositiveInfinity;
        private int waited;
        private int cooling;

        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            if (cooling > 0)
            {
                cooling--;
                waited = 0;
            }

            double value = result.Metrics[settings.Monitor];
            if (higherIsBetter ? value > best + settings.MinDelta : value < best - settings.MinDelta)
            {
                (best, waited) = (value, 0);
            }
            else if (cooling == 0 && ++waited >= settings.Patience)
            {
                Reduce(result.Epoch);
            }
        }

        public override IReadOnlyDictionary<string, double> GetState() =>
            new Dictionary<string, double> { ["best"] = best, ["waited"] = waited, ["cooling"] = cooling };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            (best, waited, cooling) = (state.Number("best"), state.Count("waited"), state.Count("cooling"));
        }

        private void Reduce(int epoch)
        {
            double rate = training.LearningRate;
            // A rate that was reduced to the smallest one may lie above it by rounding.
            if (rate <= settings.MinLearningRate * (1 + 1e-6))
            {
                return;
            }

            double lower = Math.Max(rate * settings.Factor, settings.MinLearningRate);
            // After some hundreds of reductions the factor would be 0 by rounding.
            training.LearningRateFactor = Math.Max(training.LearningRateFactor * (lower / rate), double.Epsilon);
            training.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch}: {settings.Monitor} has not improved on {best:0.0000} for {waited} epochs: the learning rate is reduced from {rate:G6} to {lower:G6}."));
            (cooling, waited) = (settings.Cooldown, 0);
        }
    }
}
