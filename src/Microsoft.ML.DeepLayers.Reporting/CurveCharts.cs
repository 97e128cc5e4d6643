namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>The charts of what was measured epoch by epoch.</summary>
internal static class CurveCharts
{
    private const string Validation = "val_";

    /// <summary>
    /// The epoch whose weights the model has or, where it is the last one's, that of the lowest loss on the validation set, if
    /// there is one.
    /// </summary>
    internal static int? BestEpoch(History history) => history.BestEpoch ?? history.Epochs
        .Where(epoch => epoch.Metrics.TryGetValue("val_loss", out double loss) && double.IsFinite(loss))
        .MinBy(epoch => epoch.Metrics["val_loss"])?.Epoch;

    /// <summary>The names of what was measured, without those of the validation set.</summary>
    internal static IReadOnlyList<string> Metrics(History history) => [.. history.Epochs
        .SelectMany(epoch => epoch.Metrics.Keys)
        .Select(name => name.StartsWith(Validation, StringComparison.Ordinal) ? name[Validation.Length..] : name)
        .Distinct()];

    /// <summary>A chart for each metric, and one for the learning rate.</summary>
    internal static IReadOnlyList<Chart> Create(History history)
    {
        if (history.Epochs.Count == 0)
        {
            return [];
        }

        var epochs = Axis.Epochs(history.Epochs.Min(epoch => epoch.Epoch), history.Epochs.Max(epoch => epoch.Epoch));
        (double, string)? mark = BestEpoch(history) is { } best && history.Epochs.Count > 1 ? (best, $"best epoch {best}") : null;
        Chart Draw(string title, params Series[] series) => new(
            title, "epoch", epochs, Axis.Over(series.SelectMany(one => one.Points).Select(point => point.Y), mayBeLogarithmic: true),
            [.. series.Where(one => one.Points.Count > 0)])
        {
            Mark = mark,
        };

        return
        [
            .. Metrics(history).Select(name => Draw(
                name, new Series("training", Ink.Training, Points(history, name)), new Series("validation", Ink.Validation, Points(history, Validation + name)))),
            Draw("learning rate", new Series("", Ink.Training, [.. history.Epochs.Select(epoch => ((double)epoch.Epoch, epoch.LearningRate))])),
        ];
    }

    private static (double, double)[] Points(History history, string metric) => [.. history.Epochs
        .Where(epoch => epoch.Metrics.ContainsKey(metric)).Select(epoch => ((double)epoch.Epoch, epoch.Metrics[metric]))];
}
