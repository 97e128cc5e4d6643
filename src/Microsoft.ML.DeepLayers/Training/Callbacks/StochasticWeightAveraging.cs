using System.Globalization;
using Microsoft.ML.DeepLayers.Weights;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Averages the weights of the last epochs, which generalizes better than those of any (Izmailov et al. 2018). At the end the
/// model gets the average, and batch normalizations get the statistics that fit it, by another pass over the training data.
/// <para>
/// Each epoch's weights count alike. What no step changes, as in frozen layers, stays as it is. Where training stops before
/// the first epoch that counts, the model keeps the weights that it has. Put it behind an <see cref="EarlyStopping"/> of the
/// same run, which would put the best epoch's weights back otherwise.
/// </para>
/// <para>Keras has none (its <c>SwapEMAWeights</c> is <see cref="Optimizer.EmaMomentum"/>); PyTorch: <c>swa_utils</c>.</para>
/// </summary>
/// <example><code>
/// Callbacks = { new StochasticWeightAveraging(startFraction: 0.8f, learningRate: 0.05f) }
/// </code></example>
public sealed record StochasticWeightAveraging : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="startEpoch">
    /// The number of the first epoch that counts, from 1; <see langword="null"/> (the default) for <paramref name="startFraction"/>.
    /// </param>
    /// <param name="startFraction">Behind which part of the run's epochs averaging starts, from 0 to below 1. Default: 0.75, the paper's.</param>
    /// <param name="learningRate">
    /// The learning rate from the first epoch that counts on, in the place of the optimizer's; above 0. The paper has a large
    /// constant one. <see langword="null"/> (the default) leaves it.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A value lies outside its range.</exception>
    public StochasticWeightAveraging(int? startEpoch = null, float startFraction = 0.75f, float? learningRate = null)
    {
        if (startEpoch < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(startEpoch), startEpoch, "The first epoch that counts must be at least 1.");
        }

        if (startFraction is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(startFraction), startFraction, "The fraction must be at least 0 and below 1.");
        }

        if (learningRate is not (null or (> 0 and < float.PositiveInfinity)))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be above 0.");
        }

        (StartEpoch, StartFraction, LearningRate) = (startEpoch, startFraction, learningRate);
    }

    /// <summary>The number of the first epoch that counts; <see langword="null"/> for <see cref="StartFraction"/>.</summary>
    public int? StartEpoch { get; }

    /// <summary>Behind which part of the run's epochs averaging starts.</summary>
    public float StartFraction { get; }

    /// <summary>The learning rate from the first epoch that counts on; <see langword="null"/> for the optimizer's.</summary>
    public float? LearningRate { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(this, training);
    }

    private sealed class Run(StochasticWeightAveraging settings, TrainingRun training) : CallbackRun
    {
        private readonly int first = settings.StartEpoch
            ?? training.FirstEpoch + (int)(settings.StartFraction * (training.LastEpoch - training.FirstEpoch + 1));
        private NetworkWeights? average;
        private int count;
        private int epoch;

        public override void OnEpochBegin(int epoch)
        {
            this.epoch = epoch;
            SetLearningRate();
        }

        // The optimizer's schedule may give every step another rate.
        public override void OnBatchEnd(BatchResult batch) => SetLearningRate();

        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            if (result.Epoch < first)
            {
                return;
            }

            IReadOnlySet<string> trainable = training.TrainableWeights;
            average = new NetworkWeights(training.GetWeights().Where(weight => trainable.Contains(weight.Name)).Select(Mean).ToArray());
            count++;
        }

        public override void OnTrainEnd()
        {
            if (average is null)
            {
                training.Log(string.Create(
                    CultureInfo.InvariantCulture, $"{nameof(StochasticWeightAveraging)}: training ended before epoch {first}, so there is nothing to average."));
                return;
            }

            training.SetWeights(average);
            training.UpdateBatchNormalization();
            training.Log(string.Create(CultureInfo.InvariantCulture, $"{nameof(StochasticWeightAveraging)}: the model has the average weights of {count} epochs."));
        }

        public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { ["count"] = count, ["epoch"] = epoch };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            (count, epoch) = (state.Count("count"), state.Count("epoch"));
        }

        public override NetworkWeights? GetWeights() => average;

        public override void SetWeights(NetworkWeights weights)
        {
            IReadOnlySet<string> trainable = training.TrainableWeights;
            WeightCheck.Demand(
                [.. training.GetWeights().Where(weight => trainable.Contains(weight.Name)).Select(weight => (weight.Name, weight.Shape))], weights, isPartial: false);
            average = weights;
        }

        /// <summary>The average with one epoch more. It is kept as float32, as a checkpoint holds it, so that resuming changes nothing.</summary>
        private WeightTensor Mean(WeightTensor weight)
        {
            float[] mean = weight.Values.ToArray();
            if (average is not null)
            {
                ReadOnlySpan<float> before = average[weight.Name].Values.Span;
                for (int i = 0; i < mean.Length; i++)
                {
                    mean[i] = before[i] + ((mean[i] - before[i]) / (count + 1));
                }
            }

            return WeightTensor.Over(weight.Name, weight.Shape, mean);
        }

        private void SetLearningRate()
        {
            double scheduled = training.LearningRate / training.LearningRateFactor;
            // Nothing makes another rate of a scheduled 0, nor of one so small that the factor would overflow.
            if (settings.LearningRate is { } rate && epoch >= first && rate / scheduled is > 0 and < double.PositiveInfinity and var factor)
            {
                training.LearningRateFactor = factor;
            }
        }
    }
}
