using System.Globalization;
using System.Text.Json.Serialization;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Sets the learning rate before every epoch, by a function of yours. Keras: <c>LearningRateScheduler</c>, but epochs are
/// counted from 1, as everywhere here. Where the optimizer has a <see cref="LearningRateSchedule"/>, the function sets the
/// rate of the epoch's first step, and within the epoch the schedule goes on from there in proportion. A function cannot be
/// written into a model file: there the callback is left out.
/// </summary>
/// <example>Ten epochs at the optimizer's rate, then 10 % less in each:
/// <code>
/// Callbacks = { new LearningRateScheduler((epoch, rate) => epoch &lt;= 10 ? rate : rate * 0.9) }
/// </code></example>
public sealed record LearningRateScheduler : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="schedule">
    /// From the number of the epoch, from 1, and the rate that its first step would have, to the rate that it is to have;
    /// above 0.
    /// </param>
    /// <exception cref="ArgumentNullException">There is no function.</exception>
    public LearningRateScheduler(Func<int, double, double> schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        Schedule = schedule;
    }

    /// <summary>The function.</summary>
    [JsonIgnore]
    public Func<int, double, double> Schedule { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(Schedule, training);
    }

    private sealed class Run(Func<int, double, double> schedule, TrainingRun training) : CallbackRun
    {
        private int set;

        public override void OnEpochBegin(int epoch)
        {
            // An epoch that is taken up again in the middle has its rate already.
            if (epoch == set)
            {
                return;
            }

            double rate = training.LearningRate;
            double wanted = schedule(epoch, rate);
            if (wanted is not (> 0 and < double.PositiveInfinity))
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture, $"The function of the {nameof(LearningRateScheduler)} gives {wanted} for epoch {epoch}. A rate must be above 0, and finite."));
            }

            if (rate == 0)
            {
                throw new InvalidOperationException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The optimizer's learning rate schedule gives 0 for the first step of epoch {epoch}, which no factor can make {wanted}. Use a constant rate beside a {nameof(LearningRateScheduler)}."));
            }

            training.LearningRateFactor *= wanted / rate;
            set = epoch;
        }

        public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { ["set"] = set };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            set = state.Count("set");
        }
    }
}
