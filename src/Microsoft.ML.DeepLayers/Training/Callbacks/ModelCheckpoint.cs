using System.Globalization;
using System.Text.RegularExpressions;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Writes checkpoints while training: files from which training can go on as if nothing had been
/// (<see cref="NeuralNetworkOptions.ResumeFrom"/>), and whose weights any network of the same form can start from
/// (<see cref="NetworkWeights.LoadCheckpoint"/>). Keras: <c>ModelCheckpoint</c>.
/// </summary>
/// <example><code>
/// Callbacks = { new ModelCheckpoint("checkpoints/{epoch:000}-{val_loss:0.000}.safetensors", saveBestOnly: true) }
/// </code></example>
public sealed partial record ModelCheckpoint : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="path">
    /// The file, whose folder is made where it is missing. <c>{epoch}</c>, <c>{step}</c> and names of metrics in braces, with a
    /// .NET format behind a colon if wanted, stand for their values. Without any, one file is written again and again.
    /// </param>
    /// <param name="monitor">The metric that says which epoch is best. Default: <c>val_loss</c>, which needs a validation set. Used with <paramref name="saveBestOnly"/> alone.</param>
    /// <param name="saveBestOnly">Whether only an epoch that is better than all before is written. Default: <see langword="false"/>.</param>
    /// <param name="everyEpochs">After how many epochs one is written; at least 1. Default: 1.</param>
    /// <param name="everyBatches">
    /// After how many batches one is written besides, within epochs; at least 1. <see langword="null"/> (the default) for none.
    /// Metrics in the path are then those so far.
    /// </param>
    /// <param name="saveOnException">
    /// Whether one is written under the path with <c>.exception</c> behind it where training fails or is cancelled. Default:
    /// <see langword="false"/>.
    /// </param>
    /// <exception cref="ArgumentException">The path or the metric is empty, a number is below 1, or batches are asked for with the best only.</exception>
    public ModelCheckpoint(
        string path, string monitor = "val_loss", bool saveBestOnly = false, int everyEpochs = 1, int? everyBatches = null, bool saveOnException = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(monitor);
        ArgumentOutOfRangeException.ThrowIfLessThan(everyEpochs, 1);
        if (everyBatches is { } batches)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1, nameof(everyBatches));
        }

        if (saveBestOnly && everyBatches is not null)
        {
            throw new ArgumentException("The best epoch is known after an epoch alone: leave everyBatches out, or saveBestOnly.", nameof(everyBatches));
        }

        (Path, Monitor, SaveBestOnly, EveryEpochs, EveryBatches, SaveOnException) = (path, monitor, saveBestOnly, everyEpochs, everyBatches, saveOnException);
    }

    /// <summary>The file, with names in braces.</summary>
    public string Path { get; }

    /// <summary>The metric that says which epoch is best.</summary>
    public string Monitor { get; }

    /// <summary>Whether only an epoch that is better than all before is written.</summary>
    public bool SaveBestOnly { get; }

    /// <summary>After how many epochs one is written.</summary>
    public int EveryEpochs { get; }

    /// <summary>After how many batches one is written besides.</summary>
    public int? EveryBatches { get; }

    /// <summary>Whether one is written where training fails.</summary>
    public bool SaveOnException { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (SaveBestOnly)
        {
            training.Demand(Monitor, nameof(ModelCheckpoint));
        }

        foreach (string name in Placeholder().Matches(Path).Select(match => match.Groups["name"].Value).Where(name => name is not ("epoch" or "step")))
        {
            training.Demand(name, $"{nameof(ModelCheckpoint)}'s path");
        }

        return new Run(this, training);
    }

    [GeneratedRegex(@"\{(?<name>[^{}:]+)(:(?<format>[^{}]*))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();

    private string Fill(IReadOnlyDictionary<string, double> values) => Placeholder().Replace(
        Path, match => values.GetValueOrDefault(match.Groups["name"].Value, double.NaN).ToString(match.Groups["format"].Value, CultureInfo.InvariantCulture));

    private sealed class Run(ModelCheckpoint settings, TrainingRun training) : CallbackRun
    {
        private readonly bool higherIsBetter = settings.SaveBestOnly && training.IsHigherBetter(settings.Monitor);
        private double best = double.NaN;
        private int epoch;

        public override void OnEpochBegin(int epoch) => this.epoch = epoch;

        public override void OnBatchEnd(BatchResult batch)
        {
            ArgumentNullException.ThrowIfNull(batch);
            if (settings.EveryBatches is { } every && batch.Batch % every == 0)
            {
                Save(settings.Path.Contains('{') ? training.ReadMetrics() : new Dictionary<string, double>());
            }
        }

        public override void OnEpochEnd(EpochResult result)
        {
            ArgumentNullException.ThrowIfNull(result);
            if (settings.SaveBestOnly)
            {
                double value = result.Metrics[settings.Monitor];
                if (!(double.IsNaN(best) || (higherIsBetter ? value > best : value < best)))
                {
                    return;
                }

                best = value;
            }

            if (result.Epoch % settings.EveryEpochs == 0 || settings.SaveBestOnly)
            {
                Save(result.Metrics);
            }
        }

        public override void OnException(Exception exception)
        {
            if (settings.SaveOnException)
            {
                string path = settings.Path + ".exception";
                CheckpointFiles.Save(training, path);
                training.Log($"Training ended by an error; where it stood is in '{path}'.");
            }
        }

        public override IReadOnlyDictionary<string, double> GetState() => new Dictionary<string, double> { ["best"] = best };

        public override void SetState(IReadOnlyDictionary<string, double> state)
        {
            ArgumentNullException.ThrowIfNull(state);
            best = state.Number("best");
        }

        private void Save(IReadOnlyDictionary<string, double> metrics) =>
            CheckpointFiles.Save(training, settings.Fill(new Dictionary<string, double>(metrics) { ["epoch"] = epoch, ["step"] = training.Step }));
    }
}
