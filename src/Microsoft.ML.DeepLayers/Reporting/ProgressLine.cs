using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>
/// Training's progress as a line of a terminal. It is written over until its epoch is done. Whatever the terminal does, it
/// never fails: then it falls silent.
/// </summary>
internal sealed class ProgressLine(IAnsiConsole console)
{
    private const int UsualWidth = 80;

    private static readonly Style Plain = Style.Plain;
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Done = new(Color.Green);
    private static readonly Style Faint = new(Color.Grey);

    private int written;
    private bool isBroken;

    /// <summary>The process's terminal; <see langword="null"/> where its output goes elsewhere.</summary>
    internal static IAnsiConsole? Terminal()
    {
        try
        {
            if (Console.IsOutputRedirected)
            {
                return null;
            }

            IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
            return console.Profile.Capabilities.Interactive ? console : null;
        }
        catch (Exception exception) when (IsTerminals(exception))
        {
            return null;
        }
    }

    /// <summary>Writes the line anew; at the end of an epoch for the last time.</summary>
    internal void Show(TrainingProgress progress) => Try(() =>
    {
        bool isLast = progress.Phase == TrainingPhase.EpochEnd;
        Segment[] line = isLast ? Finished(progress) : [.. Cut(Moving(progress), Width - 1)];
        var paragraph = new Paragraph();
        foreach (Segment segment in line)
        {
            paragraph.Append(segment.Text, segment.Style);
        }

        int length = line.Sum(segment => segment.CellCount());
        console.Write(paragraph);
        if (isLast)
        {
            Blank(written - length);
            console.WriteLine();
            written = 0;
        }
        else
        {
            Blank(written - length);
            // Whoever else writes to the terminal meanwhile begins at the start of the line.
            console.Profile.Out.Writer.Write('\r');
            written = length;
        }
    });

    /// <summary>Takes a line away whose epoch was not finished.</summary>
    internal void Clear() => Try(() =>
    {
        if (written > 0)
        {
            Blank(written);
            console.Profile.Out.Writer.Write('\r');
            written = 0;
        }
    });

    private int Width => console.Profile.Width > 0 ? console.Profile.Width : UsualWidth;

    private IEnumerable<Segment> Moving(TrainingProgress progress)
    {
        yield return new Segment(Epoch(progress), Strong);
        int width = Width >= 120 ? 20 : Width >= 60 ? 10 : 0;
        if (progress.Batches is { } batches && width > 0)
        {
            (string done, string left) = console.Profile.Capabilities.Unicode ? ("━", "─") : ("=", "-");
            int filled = (int)Math.Clamp(width * progress.Batch / Math.Max(1, batches), 0, width);
            yield return new Segment("  ", Plain);
            yield return new Segment(string.Concat(Enumerable.Repeat(done, filled)), Done);
            yield return new Segment(string.Concat(Enumerable.Repeat(left, width - filled)), Faint);
        }

        string count = progress.Batches is { } all
            ? string.Create(CultureInfo.InvariantCulture, $"{progress.Batch}/{all}")
            : string.Create(CultureInfo.InvariantCulture, $"batch {progress.Batch}");
        yield return new Segment($"  {(progress.Phase == TrainingPhase.Validation ? "validating" : count)}", Plain);
        yield return new Segment($"  {Rate(progress)}", Faint);
        if (progress.Remaining is { } remaining)
        {
            yield return new Segment($"  {Time(remaining)} left", Faint);
        }

        foreach (Segment segment in Metrics(progress))
        {
            yield return segment;
        }
    }

    /// <summary>All that was measured, even where that takes two lines; time and rate where there is room.</summary>
    private Segment[] Finished(TrainingProgress progress)
    {
        Segment[] measured = [new Segment(Epoch(progress), Strong), .. Metrics(progress)];
        Segment[] rest = [new Segment($"  {Time(progress.EpochElapsed)}", Faint), new Segment($"  {Rate(progress)}", Faint)];
        return [.. measured, .. Cut(rest, Width - 1 - measured.Sum(segment => segment.CellCount()))];
    }

    private static IEnumerable<Segment> Metrics(TrainingProgress progress) => progress.Metrics.Select(metric =>
        new Segment($"  {Printable(metric.Key)} {EpochResult.Format(metric.Value)}", Plain));

    private static string Epoch(TrainingProgress progress)
    {
        string last = progress.Epochs.ToString(CultureInfo.InvariantCulture);
        return $"epoch {progress.Epoch.ToString(CultureInfo.InvariantCulture).PadLeft(last.Length)}/{last}";
    }

    private static string Rate(TrainingProgress progress) =>
        string.Create(CultureInfo.InvariantCulture, $"{progress.ExamplesPerSecond:N0} examples/s");

    private static string Time(TimeSpan time) =>
        time.TotalSeconds < 10 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : time.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
        : time.TotalDays < 1 ? time.ToString(time.TotalHours < 1 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture)
        : time.ToString(@"d\d\ h\h", CultureInfo.InvariantCulture);

    /// <summary>A name with an escape code in it must not reach the terminal.</summary>
    private static string Printable(string name) => string.Concat(name.Select(character => char.IsControl(character) ? '?' : character));

    private static IEnumerable<Segment> Cut(IEnumerable<Segment> line, int width)
    {
        foreach (Segment segment in line)
        {
            int length = segment.CellCount();
            if (length > width)
            {
                // Half a number would be a wrong one.
                yield break;
            }

            width -= length;
            yield return segment;
        }
    }

    private void Blank(int count)
    {
        if (count > 0)
        {
            console.Profile.Out.Writer.Write(new string(' ', count));
        }
    }

    private void Try(Action write)
    {
        if (isBroken)
        {
            return;
        }

        try
        {
            if (console.Profile.Width <= 0)
            {
                console.Profile.Width = UsualWidth;
            }

            write();
        }
        catch (Exception exception) when (IsTerminals(exception))
        {
            isBroken = true;
        }
    }

    private static bool IsTerminals(Exception exception) =>
        exception is IOException or InvalidOperationException or ArgumentException or UnauthorizedAccessException or NotSupportedException or System.Security.SecurityException
            or PlatformNotSupportedException or OverflowException or System.ComponentModel.Win32Exception;
}
