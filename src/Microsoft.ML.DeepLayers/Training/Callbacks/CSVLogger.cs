using System.Globalization;
using Microsoft.ML.DeepLayers.Reporting;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Writes a table of what training measured: one row an epoch, the epoch's number first, then the metrics in alphabetical
/// order. Each row is on the disk before the next epoch begins. Keras: <c>CSVLogger</c>; epochs are counted from 1, as in
/// <see cref="History"/>, where Keras counts from 0.
/// </summary>
/// <example>
/// <code>
/// new NeuralNetworkOptions { Callbacks = { new CSVLogger("run/log.csv") } };
/// // epoch,loss,mae,val_loss,val_mae
/// // 1,0.5230152010917664,0.6012,...
/// </code>
/// </example>
public sealed record CSVLogger : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file; its folder is made where there is none.</param>
    /// <param name="separator">What stands between two values: one character, but no quote, digit, sign, dot or end of a line. Default: a comma.</param>
    /// <param name="append">
    /// Whether the rows of earlier runs stay in the file. Default: <see langword="false"/>, which begins a new file with each
    /// run. A training that is resumed from a checkpoint always goes on in its file, without a second header, and rows of
    /// epochs that come again are replaced.
    /// </param>
    /// <exception cref="ArgumentException">The path is empty, or the separator is no such character.</exception>
    public CSVLogger(string path, string separator = ",", bool append = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(separator);
        if (separator.Length != 1 || "\"+-.\r\n".Contains(separator[0], StringComparison.Ordinal) || char.IsLetterOrDigit(separator[0]))
        {
            throw new ArgumentException("The separator must be one character that cannot be part of a number, as ',', ';' or a tabulator.", nameof(separator));
        }

        (Path, Separator, Append) = (path, separator, append);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What stands between two values.</summary>
    public string Separator { get; }

    /// <summary>Whether the rows of earlier runs stay in the file.</summary>
    public bool Append { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new Run(this, training);
    }

    private sealed class Run(CSVLogger settings, TrainingRun training) : EpochLogRun(settings.Path, settings.Append)
    {
        private readonly string[] columns = [.. training.Metrics.Order(StringComparer.Ordinal)];

        protected override int? EpochOf(string line) =>
            int.TryParse(line.Split(settings.Separator[0])[0], NumberStyles.None, CultureInfo.InvariantCulture, out int epoch) ? epoch : null;

        protected override void Opened(EpochLog log)
        {
            string header = string.Join(settings.Separator, columns.Prepend("epoch").Select(Quote));
            if (log.FirstLine is null)
            {
                log.Write(header);
            }
            else if (log.FirstLine != header)
            {
                throw new InvalidOperationException(
                    $"{nameof(CSVLogger)} cannot append to '{settings.Path}': its columns are '{log.FirstLine}', but this run has '{header}'. Give the run another file.");
            }
        }

        protected override string Line(EpochResult result) => string.Join(
            settings.Separator,
            columns.Select(column => result.Metrics[column].ToString("R", CultureInfo.InvariantCulture)).Prepend(result.Epoch.ToString(CultureInfo.InvariantCulture)));

        private string Quote(string name) => name.AsSpan().ContainsAny('"', '\n', '\r') || name.Contains(settings.Separator, StringComparison.Ordinal)
            ? $"\"{name.ReplaceLineEndings(" ").Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : name;
    }
}
