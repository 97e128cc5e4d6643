using Microsoft.ML.DeepLayers.Reporting;
using Spectre.Console;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Shows on the terminal how far training is: a line that moves within the epoch (batch, examples a second, time left, loss
/// and metrics), and one line for each epoch that is done. Where the output is no terminal (redirected to a file, a service, a
/// build server) it writes nothing; <c>mlContext.Log</c> has a line an epoch anyway. Keras: <c>ProgbarLogger</c>.
/// </summary>
public sealed record ProgressBar : Callback
{
    private readonly IAnsiConsole? console;

    /// <summary>Creates the callback.</summary>
    public ProgressBar()
    {
    }

    /// <param name="console">Where to write, in the place of the process's terminal.</param>
    internal ProgressBar(IAnsiConsole console) => this.console = console;

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return (console ?? ProgressLine.Terminal()) is { } terminal ? new Run(new ProgressLine(terminal), training) : new Quiet();
    }

    private sealed class Run(ProgressLine line, TrainingRun training) : ProgressRun(training, TimeProvider.System)
    {
        protected override void Report(TrainingProgress progress) => line.Show(progress);

        protected override void Dispose(bool disposing)
        {
            line.Clear();
            base.Dispose(disposing);
        }
    }

    private sealed class Quiet : CallbackRun;
}
