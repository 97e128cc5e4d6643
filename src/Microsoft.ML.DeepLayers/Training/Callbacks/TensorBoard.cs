using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Writes what training measured for TensorBoard (<c>tensorboard --logdir logs</c>): the metrics of the training data below
/// <c>train</c>, those of the validation data below <c>validation</c>, both as <c>epoch_loss</c>, <c>epoch_accuracy</c> and
/// so on, so that one chart shows both; and <c>epoch_learning_rate</c>. Keras: <c>TensorBoard</c>; epochs are counted from 1,
/// as in <see cref="History"/>, where Keras counts from 0.
/// </summary>
/// <remarks>Each run adds files. Give each a folder of its own, as <c>logs/2</c>, and TensorBoard compares them.</remarks>
public sealed record TensorBoard : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="logDirectory">The folder; it is made where there is none. Default: <c>logs</c>.</param>
    /// <exception cref="ArgumentException">The folder is empty.</exception>
    public TensorBoard(string logDirectory = "logs")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(logDirectory);
        LogDirectory = logDirectory;
    }

    /// <summary>The folder.</summary>
    public string LogDirectory { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(LogDirectory, training.HasValidation);
    }

    private sealed class Run(string folder, bool hasValidation) : CallbackRun
    {
        private const string ValidationPrefix = "val_";

        private EventFile? training;
        private EventFile? validation;
        private bool isResumed;

        public override void OnEpochBegin(int epoch)
        {
            if (training is not null)
            {
                return;
            }

            training = EventFile.Create(Path.Combine(folder, "train"), TimeProvider.System);
            validation = hasValidation ? EventFile.Create(Path.Combine(folder, "validation"), TimeProvider.System) : null;
            if (isResumed)
            {
                training.WriteRestart(epoch);
                validation?.WriteRestart(epoch);
            }
        }

        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            training!.WriteScalars(result.Epoch, result.Metrics
                .Where(metric => !IsOfValidation(metric.Key))
                .Append(new("learning_rate", result.LearningRate))
                .Select(metric => KeyValuePair.Create($"epoch_{metric.Key}", metric.Value)));
            validation?.WriteScalars(result.Epoch, result.Metrics
                .Where(metric => IsOfValidation(metric.Key))
                .Select(metric => KeyValuePair.Create($"epoch_{metric.Key[ValidationPrefix.Length..]}", metric.Value)));
        }

        /// <summary>Something must be remembered for a resumed run to learn that it is one.</summary>
        public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { ["resumes"] = 1 };

        public override void SetState(IReadOnlyDictionary<string, double> state) => isResumed = true;

        protected override void Dispose(bool disposing)
        {
            training?.Dispose();
            validation?.Dispose();
            base.Dispose(disposing);
        }

        private static bool IsOfValidation(string metric) => metric.StartsWith(ValidationPrefix, StringComparison.Ordinal);
    }
}
