using System.Globalization;

namespace Microsoft.ML.DeepLayers;

/// <summary>What training measured, epoch by epoch. Keras: <c>History</c>.</summary>
public sealed class History
{
    internal History(IReadOnlyList<EpochResult> epochs, int? bestEpoch = null)
    {
        Epochs = epochs;
        BestEpoch = bestEpoch;
    }

    /// <summary>The epochs in order. A continued training appends to those of the model that it began with.</summary>
    public IReadOnlyList<EpochResult> Epochs { get; }

    /// <summary>The number of the epoch whose weights the model has; <see langword="null"/> means the last one.</summary>
    public int? BestEpoch { get; }

    /// <summary>Whether training was cancelled, so that the model is the best until then.</summary>
    public bool WasCancelled { get; init; }

    /// <summary>
    /// How the trained network does on the validation set, output by output; empty where there was none, or where training
    /// was cancelled.
    /// </summary>
    public IReadOnlyList<EvaluationSummary> Evaluation { get; init; } = [];

    /// <summary>Where and when it was trained; <see langword="null"/> where a model was saved by a version that did not say.</summary>
    public TrainingEnvironment? Environment { get; init; }

    /// <summary>The network as it was trained, for reports.</summary>
    internal Reporting.NetworkOutline? Outline { get; init; }

    /// <summary>The settings of the training as JSON, for reports.</summary>
    internal string? OptionsJson { get; init; }

    /// <summary>The values of one metric over the epochs that have it.</summary>
    /// <param name="metric">Its name, e.g. <c>loss</c> or <c>val_accuracy</c>.</param>
    public IReadOnlyList<double> this[string metric] =>
        [.. Epochs.Where(epoch => epoch.Metrics.ContainsKey(metric)).Select(epoch => epoch.Metrics[metric])];

    /// <summary>A line an epoch.</summary>
    public override string ToString() => string.Join("\n", Epochs);
}

/// <summary>What one epoch measured.</summary>
/// <param name="Epoch">The number of the epoch, from 1.</param>
/// <param name="Metrics">
/// The metrics by Keras's names: <c>loss</c>, the task's own (<c>accuracy</c>, <c>mae</c>), and the same of the validation
/// set with <c>val_</c> in front.
/// </param>
/// <param name="LearningRate">The learning rate of the epoch's first step: what the optimizer's schedule and callbacks made of it.</param>
/// <param name="Seconds">How long the epoch took, in seconds.</param>
public sealed record EpochResult(int Epoch, IReadOnlyDictionary<string, double> Metrics, double LearningRate, double Seconds)
{
    /// <summary>E.g. <c>epoch 3 - loss: 0.4521 - accuracy: 0.9100 - 0.21 s</c>.</summary>
    public override string ToString() => $"epoch {Epoch} - {Describe()}";

    /// <summary>Four decimals; a small value, which these would leave nothing of, with an exponent.</summary>
    internal static string Format(double value) =>
        value.ToString(value != 0 && Math.Abs(value) < 1e-3 ? "0.0000e+00" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>Metrics and time.</summary>
    internal string Describe()
    {
        IEnumerable<string> metrics = Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key}: {Format(metric.Value)}"));
        return string.Join(" - ", metrics.Append(string.Create(CultureInfo.InvariantCulture, $"{Seconds:0.00} s")));
    }
}
