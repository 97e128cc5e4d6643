using Microsoft.ML.DeepLayers.Reporting;
using Spectre.Console;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Progress as numbers and as a line of the terminal.</summary>
[TestClass]
public sealed class ProgressTests
{
    [TestMethod]
    public void Reports_come_at_most_ten_times_a_second_and_at_each_epochs_end()
    {
        var training = new FakeTraining { LastEpoch = 2 };
        training.Current["loss"] = 0.5;
        var time = new TestTime();
        var reports = new List<TrainingProgress>();
        var run = new Recording(training.ToRun(hasValidation: true, batchesPerEpoch: 100), time, reports);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            run.OnEpochBegin(epoch);
            for (int batch = 1; batch <= 100; batch++)
            {
                time.Pass(TimeSpan.FromMilliseconds(10));
                run.OnBatchEnd(Batch(epoch, batch));
            }

            run.OnValidationBegin(epoch);
            time.Pass(TimeSpan.FromSeconds(1));
            run.OnEpochEnd(new EpochResult(epoch, new Dictionary<string, double> { ["loss"] = 0.4, ["val_loss"] = 0.6 }, 0.1, 2));
        }

        // 10 ms, 110 ms, ... 910 ms; the end of the first epoch; and the same once more, but from 100 ms on.
        Assert.HasCount(10 + 1 + 10 + 1, reports);
        Assert.HasCount(2, reports.Where(report => report.Phase == TrainingPhase.EpochEnd));
        TrainingProgress first = reports[1];
        Assert.AreEqual((1, 2, 11L, 100L), (first.Epoch, first.Epochs, first.Batch, first.Batches!.Value));
        Assert.AreEqual(0.5, first.Loss);
        Assert.AreEqual(3200, first.ExamplesPerSecond, 1e-6);
        Assert.AreEqual(0.11, first.Elapsed.TotalSeconds, 1e-9);
        Assert.AreEqual(0.11 * (2 - 0.11) / 0.11, first.Remaining!.Value.TotalSeconds, 1e-6);
        TrainingProgress end = reports[10];
        Assert.AreEqual(0.6, end.Metrics["val_loss"]);
        Assert.AreEqual(3200, end.ExamplesPerSecond, 1e-6, "the time of the validation does not count");
        Assert.AreEqual(2, end.Remaining!.Value.TotalSeconds, 1e-6, "as long as the first epoch and its validation");
        Assert.AreEqual(TimeSpan.Zero, reports[^1].Remaining);
    }

    [TestMethod]
    public void Metrics_are_read_only_for_reports()
    {
        var training = new FakeTraining();
        training.Current["loss"] = 1;
        var time = new TestTime();
        var run = new Recording(training.ToRun(), time, []);
        run.OnEpochBegin(1);
        for (int batch = 1; batch <= 1000; batch++)
        {
            run.OnBatchEnd(Batch(1, batch));
        }

        Assert.AreEqual(1, training.Readings);
    }

    [TestMethod]
    public void Streamed_data_has_no_number_of_batches_before_the_second_epoch()
    {
        var training = new FakeTraining { LastEpoch = 4 };
        training.Current["loss"] = 1;
        var time = new TestTime();
        var reports = new List<TrainingProgress>();
        var run = new Recording(training.ToRun(hasValidation: false, batchesPerEpoch: null), time, reports);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            run.OnEpochBegin(epoch);
            for (int batch = 1; batch <= 4; batch++)
            {
                time.Pass(TimeSpan.FromSeconds(1));
                run.OnBatchEnd(Batch(epoch, batch));
            }

            run.OnEpochEnd(new EpochResult(epoch, new Dictionary<string, double> { ["loss"] = 1 }, 0.1, 4));
        }

        Assert.IsNull(reports[0].Batches);
        Assert.IsNull(reports[0].Remaining);
        TrainingProgress second = reports.First(report => report is { Epoch: 2, Batch: 2 });
        Assert.AreEqual(4, second.Batches);
        Assert.AreEqual(10, second.Remaining!.Value.TotalSeconds, 1e-6);
    }

    [TestMethod]
    public void The_options_progress_is_told()
    {
        var reports = new List<TrainingProgress>();
        new TestRun
        {
            Training = Rows.Line(16),
            Validation = Rows.Line(4),
            Options = new() { Epochs = 3, BatchSize = 4, Progress = new Direct(reports) },
        }.Train();
        TrainingProgress[] ends = [.. reports.Where(report => report.Phase == TrainingPhase.EpochEnd)];
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, ends.Select(report => report.Epoch).ToArray());
        CollectionAssert.AreEqual(new[] { "loss", "mae", "val_loss", "val_mae" }, ends[0].Metrics.Keys.ToArray());
        Assert.AreEqual(TrainingPhase.Training, reports[0].Phase);
        Assert.AreEqual((1L, 4L), (reports[0].Batch, reports[0].Batches!.Value));
        Assert.IsGreaterThan(0, ends[0].ExamplesPerSecond);
    }

    [TestMethod]
    public void The_bar_moves_within_an_epoch_and_ends_as_one_line()
    {
        var screen = new StringWriter();
        var line = new ProgressLine(Console(screen, width: 120));
        line.Show(Progress(TrainingPhase.Training, batch: 50));
        Assert.AreEqual("epoch  3/12  ━━━━━━━━━━──────────  50/100  12,346 examples/s  1:05 left  loss 0.4321  accuracy 0.9100\r", screen.ToString());
        line.Show(Progress(TrainingPhase.EpochEnd, batch: 100));
        string[] writes = screen.ToString().Split('\r');
        Assert.AreEqual("epoch  3/12  loss 0.4321  accuracy 0.9100  2.5 s  12,346 examples/s", writes[1].TrimEnd());
        StringAssert.EndsWith(writes[1], "\n");
        Assert.IsGreaterThanOrEqualTo(writes[0].Length, writes[1].Length - 1, "nothing of the longer line is left");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(13)]
    [DataRow(40)]
    [DataRow(80)]
    public void The_moving_line_never_wraps(int width)
    {
        var screen = new StringWriter();
        var line = new ProgressLine(Console(screen, width));
        line.Show(Progress(TrainingPhase.Training, batch: 50));
        line.Show(Progress(TrainingPhase.Validation, batch: 100));
        Assert.DoesNotContain('\n', screen.ToString());
        Assert.IsLessThan(width <= 0 ? 80 : Math.Max(width, 2), screen.ToString().Split('\r').Max(write => write.Length));
    }

    [TestMethod]
    public void Names_are_text_whatever_is_in_them()
    {
        var screen = new StringWriter();
        new ProgressLine(Console(screen, width: 110)).Show(Progress(TrainingPhase.EpochEnd, batch: 1) with
        {
            Metrics = new Dictionary<string, double> { ["loss"] = 1e-5, ["[red]x[/] [/"] = 2, ["a\u001b[2Jb\n"] = 3 },
        });
        StringAssert.StartsWith(screen.ToString(), "epoch  3/12  loss 1.0000e-05  [red]x[/] [/ 2.0000  a?[2Jb? 3.0000  ");
    }

    [TestMethod]
    public void A_terminal_that_fails_stops_the_bar_and_not_the_training()
    {
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Epochs = 2, Callbacks = { new ProgressBar(Console(new Broken(), 80)) } } };
        Assert.HasCount(2, run.Train().History.Epochs);
    }

    [TestMethod]
    public void Runs_one_after_another_have_their_own_lines()
    {
        var screen = new StringWriter();
        var callback = new ProgressBar(Console(screen, 100));
        for (int i = 0; i < 2; i++)
        {
            new TestRun { Training = Rows.Line(8), Options = new() { Epochs = 2, Callbacks = { callback } } }.Train();
        }

        string[] lines = [.. screen.ToString().Split('\n').Select(line => line.Split('\r')[^1])];
        Assert.HasCount(5, lines);
        CollectionAssert.AreEqual(new[] { "epoch 1/2", "epoch 2/2", "epoch 1/2", "epoch 2/2", "" }, lines.Select(line => line[..Math.Min(9, line.Length)]).ToArray());
    }

    [TestMethod]
    public void An_unfinished_line_is_taken_away()
    {
        var screen = new StringWriter();
        TestRun run = new()
        {
            Training = Rows.Line(8),
            Options = new() { Callbacks = { new ProgressBar(Console(screen, 100)), new LambdaCallback(onBatchEnd: (_, _) => throw new TimeoutException()) } },
        };
        Assert.ThrowsExactly<TimeoutException>(() => run.Train());
        string[] writes = screen.ToString().Split('\r');
        StringAssert.StartsWith(writes[0], "epoch  1/10");
        Assert.AreEqual(new string(' ', writes[0].Length), writes[1]);
    }

    /// <summary>As this process's is, that runs tests.</summary>
    [TestMethod]
    public void Where_the_output_is_redirected_nothing_is_written()
    {
        if (!System.Console.IsOutputRedirected)
        {
            Assert.Inconclusive("The tests' output goes to a terminal.");
        }

        TextWriter before = System.Console.Out;
        var written = new StringWriter();
        System.Console.SetOut(written);
        try
        {
            new TestRun { Training = Rows.Line(8), Options = new() { Epochs = 1, Callbacks = { new ProgressBar() } } }.Train();
        }
        finally
        {
            System.Console.SetOut(before);
        }

        Assert.DoesNotContain("epoch", written.ToString());
    }

    private static TrainingProgress Progress(TrainingPhase phase, long batch) => new()
    {
        Phase = phase,
        Epoch = 3,
        Epochs = 12,
        Batch = batch,
        Batches = 100,
        ExamplesPerSecond = 12345.6,
        Elapsed = TimeSpan.FromSeconds(30),
        EpochElapsed = TimeSpan.FromSeconds(2.5),
        Remaining = TimeSpan.FromSeconds(65),
        Metrics = new Dictionary<string, double> { ["loss"] = 0.43211, ["accuracy"] = 0.91 },
    };

    private static IAnsiConsole Console(TextWriter screen, int width) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
        Out = new Screen(screen, width),
    });

    private static BatchResult Batch(int epoch, long batch) => new(null!) { Epoch = epoch, Batch = batch, Examples = 32, Step = batch, LearningRate = 0.1 };

    private sealed class Screen(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 25;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }

    private sealed class Broken : StringWriter
    {
        public override void Write(char value) => throw new IOException("The terminal is gone.");

        public override void Write(string? value) => throw new IOException("The terminal is gone.");
    }

    private sealed class Recording(TrainingRun training, TimeProvider time, List<TrainingProgress> reports) : ProgressRun(training, time)
    {
        protected override void Report(TrainingProgress progress) => reports.Add(progress);
    }

    private sealed class Direct(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
