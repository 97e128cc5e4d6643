using System.Buffers.Binary;
using Tensorboard;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The events are read back by the message classes that TorchSharp brings, which had no part in writing them.</summary>
[TestClass]
public sealed class TensorBoardTests
{
    [TestMethod]
    public void Training_and_validation_are_written_apart_under_the_same_names()
    {
        using var folder = new TemporaryFolder();
        double before = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        History history = new TestRun
        {
            Training = Rows.Line(8),
            Validation = Rows.Line(4, 2),
            Options = new() { Epochs = 3, Callbacks = { new TensorBoard(folder["logs"]) } },
        }.Train().History;
        double after = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

        List<Event> training = Read(folder["logs/train"]);
        List<Event> validation = Read(folder["logs/validation"]);
        Assert.AreEqual("brain.Event:2", training[0].FileVersion);
        Assert.AreEqual("brain.Event:2", validation[0].FileVersion);
        foreach (Event written in training.Concat(validation))
        {
            Assert.IsGreaterThanOrEqualTo(before - 1, written.WallTime);
            Assert.IsLessThanOrEqualTo(after + 1, written.WallTime);
        }

        CollectionAssert.AreEqual(
            Expected(history, ("epoch_loss", "loss"), ("epoch_mae", "mae"), ("epoch_learning_rate", null)), Scalars(training));
        CollectionAssert.AreEqual(Expected(history, ("epoch_loss", "val_loss"), ("epoch_mae", "val_mae")), Scalars(validation));
    }

    [TestMethod]
    public void Without_a_validation_set_there_is_no_folder_for_it()
    {
        using var folder = new TemporaryFolder();
        new TestRun { Training = Rows.Line(8), Options = new() { Epochs = 1, Callbacks = { new TensorBoard(folder["logs"]) } } }.Train();
        CollectionAssert.AreEqual(new[] { folder["logs/train"] }, Directory.GetDirectories(folder["logs"]));
    }

    [TestMethod]
    public void A_resumed_training_writes_a_file_that_takes_the_place_of_the_epochs_that_come_again()
    {
        using var folder = new TemporaryFolder();
        using (CallbackRun run = new TensorBoard(folder["logs"]).Begin(FakeTraining.Run(hasValidation: false)))
        {
            run.SetState(run.GetState());
            run.OnEpochBegin(4);
            run.OnEpochEnd(new EpochResult(4, new Dictionary<string, double> { ["loss"] = 0.5 }, 0.1, 1));
        }

        List<Event> events = Read(folder["logs/train"]);
        Assert.HasCount(3, events);
        Assert.AreEqual(SessionLog.Types.SessionStatus.Start, events[1].SessionLog.Status);
        Assert.AreEqual(4, events[1].Step);
        Assert.AreEqual(0.5f, events[2].Summary.Value[0].SimpleValue);
    }

    [TestMethod]
    public void A_folder_that_cannot_be_made_is_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["logs"], "");
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Epochs = 1, Callbacks = { new TensorBoard(folder["logs"]) } } };
        StringAssert.StartsWith(Assert.ThrowsExactly<IOException>(() => run.Train()).Message, "TensorBoard's events cannot be written to '");
    }

    private static (long, string, float)[] Expected(History history, params (string Tag, string? Metric)[] scalars) =>
        [.. history.Epochs.SelectMany(epoch => scalars.Select(scalar =>
            ((long)epoch.Epoch, scalar.Tag, (float)(scalar.Metric is null ? epoch.LearningRate : epoch.Metrics[scalar.Metric]))))];

    private static (long, string, float)[] Scalars(IEnumerable<Event> events) =>
        [.. events.Skip(1).SelectMany(written => written.Summary.Value.Select(value => (written.Step, value.Tag, value.SimpleValue)))];

    private static List<Event> Read(string folder)
    {
        byte[] content = File.ReadAllBytes(Directory.GetFiles(folder, "events.out.tfevents.*").Single());
        var events = new List<Event>();
        for (int offset = 0; offset < content.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(content.AsSpan(offset)));
            Assert.AreEqual(CheckSum(content.AsSpan(offset, 8)), BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(offset + 8)));
            ReadOnlySpan<byte> data = content.AsSpan(offset + 12, length);
            Assert.AreEqual(CheckSum(data), BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(offset + 12 + length)));
            events.Add(Event.Parser.ParseFrom(data.ToArray()));
            offset += length + 16;
        }

        return events;
    }

    /// <summary>CRC-32C bit by bit, masked as TFRecord's description says.</summary>
    private static uint CheckSum(ReadOnlySpan<byte> data)
    {
        Assert.AreEqual(0xE3069283u, Crc("123456789"u8), "the published check value");
        uint crc = Crc(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
            }
        }

        return ~crc;
    }
}
