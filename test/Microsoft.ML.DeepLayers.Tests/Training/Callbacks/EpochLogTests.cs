using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The loggers that write a line an epoch.</summary>
[TestClass]
public sealed class EpochLogTests
{
    [TestMethod]
    public void CSVLogger_writes_the_epoch_and_the_metrics_in_alphabetical_order()
    {
        using var folder = new TemporaryFolder();
        string path = folder["new/folder/log.csv"];
        History history = Run(new CSVLogger(path), epochs: 2).Train().History;
        string[] lines = File.ReadAllLines(path);
        Assert.HasCount(3, lines);
        Assert.AreEqual("epoch,loss,mae,val_loss,val_mae", lines[0]);
        for (int i = 0; i < 2; i++)
        {
            double[] values = [.. lines[i + 1].Split(',').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
            CollectionAssert.AreEqual(
                new[] { i + 1, history["loss"][i], history["mae"][i], history["val_loss"][i], history["val_mae"][i] }, values, "to the last digit");
        }
    }

    [TestMethod]
    public void CSVLogger_begins_a_new_file_or_appends_without_a_second_header()
    {
        using var folder = new TemporaryFolder();
        string path = folder["log.csv"];
        Run(new CSVLogger(path, ";"), epochs: 2).Train();
        Run(new CSVLogger(path, ";"), epochs: 1).Train();
        Assert.HasCount(2, File.ReadAllLines(path));
        File.AppendAllText(path, "2;0.1"); // What a crash leaves.
        Run(new CSVLogger(path, ";", append: true), epochs: 2).Train();
        CollectionAssert.AreEqual(new[] { "epoch", "1", "1", "2" }, File.ReadAllLines(path).Select(line => line.Split(';')[0]).ToArray());
    }

    [TestMethod]
    public void CSVLogger_refuses_a_file_with_other_columns_before_training_begins()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["log.csv"], "time,price\n1,2\n");
        TestRun run = Run(new CSVLogger(folder["log.csv"], append: true), epochs: 1);
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        Assert.AreEqual(
            $"CSVLogger cannot append to '{folder["log.csv"]}': its columns are 'time,price', but this run has 'epoch,loss,mae,val_loss,val_mae'. Give the run another file.", error.Message);
        Assert.AreEqual("time,price\n1,2\n", File.ReadAllText(folder["log.csv"]));
    }

    [TestMethod]
    public void Each_row_is_in_the_file_when_the_epoch_is_over()
    {
        using var folder = new TemporaryFolder();
        var lengths = new List<int>();
        TestRun run = Run(new CSVLogger(folder["log.csv"]), epochs: 3);
        run.Options.Callbacks.Add(new LambdaCallback(onEpochEnd: (_, _) =>
        {
            using var reader = new StreamReader(new FileStream(folder["log.csv"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            lengths.Add(reader.ReadToEnd().Count(character => character == '\n'));
        }));
        run.Train();
        CollectionAssert.AreEqual(new[] { 2, 3, 4 }, lengths);
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void A_resumed_training_goes_on_in_its_file_and_replaces_epochs_that_come_again(bool isCsv)
    {
        using var folder = new TemporaryFolder();
        string path = folder["log"];
        Callback callback = isCsv ? new CSVLogger(path) : new JsonLinesLogger(path);
        Run(callback, epochs: 5).Train();
        string[] whole = File.ReadAllLines(path);
        int header = isCsv ? 1 : 0;

        // As if training had been taken up from a checkpoint before the fourth epoch, though the fifth was in the file.
        TrainingRun training = FakeTraining.Run(hasValidation: false);
        File.WriteAllLines(path, isCsv ? ["epoch," + string.Join(',', training.Metrics.Order(StringComparer.Ordinal)), .. whole[1..]] : whole);
        using (CallbackRun run = callback.Begin(training))
        {
            run.SetState(run.GetState());
            run.OnEpochBegin(4);
            run.OnEpochEnd(new EpochResult(4, training.Metrics.ToDictionary(name => name, _ => 0.5), 0.1, 1));
        }

        string[] resumed = File.ReadAllLines(path);
        Assert.HasCount(header + 4, resumed);
        CollectionAssert.AreEqual(whole[header..(header + 3)], resumed[header..(header + 3)]);
        StringAssert.StartsWith(resumed[^1], isCsv ? "4,0.5,0.5" : "{\"epoch\":4,");
    }

    [TestMethod]
    public void JsonLinesLogger_writes_an_object_an_epoch()
    {
        using var folder = new TemporaryFolder();
        History history = Run(new JsonLinesLogger(folder["log.jsonl"]), epochs: 2).Train().History;
        string[] lines = File.ReadAllLines(folder["log.jsonl"]);
        Assert.HasCount(2, lines);
        using var second = JsonDocument.Parse(lines[1]);
        CollectionAssert.AreEqual(
            new[] { "epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds" }, second.RootElement.EnumerateObject().Select(member => member.Name).ToArray());
        Assert.AreEqual(2, second.RootElement.GetProperty("epoch").GetInt32());
        Assert.AreEqual(history["val_mae"][1], second.RootElement.GetProperty("val_mae").GetDouble());
        Assert.AreEqual(0.001, second.RootElement.GetProperty("learning_rate").GetDouble(), 1e-8);
    }

    [TestMethod]
    public void JsonLinesLogger_writes_null_for_what_is_no_number()
    {
        using var folder = new TemporaryFolder();
        using (CallbackRun run = new JsonLinesLogger(folder["log.jsonl"]).Begin(FakeTraining.Run(hasValidation: false)))
        {
            run.OnEpochBegin(1);
            run.OnEpochEnd(new EpochResult(1, new Dictionary<string, double> { ["loss"] = double.NaN }, 0.5, 2));
        }

        Assert.AreEqual("{\"epoch\":1,\"loss\":null,\"learning_rate\":0.5,\"seconds\":2}\n", File.ReadAllText(folder["log.jsonl"]));
    }

    [TestMethod]
    public void A_file_that_cannot_be_written_fails_before_training_and_is_named()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["log.csv"]);
        TestRun run = Run(new CSVLogger(folder["log.csv"]), epochs: 1);
        IOException error = Assert.ThrowsExactly<IOException>(() => run.Train());
        StringAssert.StartsWith(error.Message, $"The log '{folder["log.csv"]}' cannot be written: ");
        Assert.IsEmpty(run.Log);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("ab")]
    [DataRow("\"")]
    [DataRow("1")]
    [DataRow(".")]
    public void CSVLogger_checks_the_separator(string separator) =>
        Assert.AreEqual("separator", Assert.ThrowsExactly<ArgumentException>(() => new CSVLogger("log.csv", separator)).ParamName);

    [TestMethod]
    public void Loggers_need_a_path()
    {
        Assert.ThrowsExactly<ArgumentException>(() => new CSVLogger(" "));
        Assert.ThrowsExactly<ArgumentException>(() => new JsonLinesLogger(""));
        Assert.ThrowsExactly<ArgumentException>(() => new TensorBoard(""));
    }

    private static TestRun Run(Callback callback, int epochs) => new()
    {
        Training = Rows.Line(8),
        Validation = Rows.Line(4, 2),
        Options = new() { Epochs = epochs, BatchSize = 4, Callbacks = { callback } },
    };
}
