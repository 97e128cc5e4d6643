using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The options that only try something out.</summary>
[TestClass]
public sealed class TryingOutTests
{
    [TestMethod]
    public void FastDevRun_learns_so_many_batches_in_one_epoch_and_validates_as_many()
    {
        (RecordingSource source, TestRun run) = Record(new() { Epochs = 7, BatchSize = 4, FastDevRun = 2, SanityValidationBatches = 0 });
        (int training, int validation) = Steps(run, out TrainingResult result);
        Assert.HasCount(1, result.History.Epochs);
        Assert.AreEqual(2, training);
        Assert.AreEqual(2 * 2, validation, "once after the epoch, and once for the evaluation of the trained network");
        Assert.HasCount(1, source.Epochs);
        Assert.IsTrue(result.History.Epochs[0].Metrics.ContainsKey("val_loss"));
    }

    [TestMethod]
    public void FastDevRun_above_the_data_takes_all_of_it()
    {
        (_, TestRun run) = Record(new() { BatchSize = 4, FastDevRun = 100, SanityValidationBatches = 0 });
        Assert.AreEqual((5, 2 * 3), Steps(run, out _));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void OverfitBatches_learns_the_first_batches_in_order_over_and_over(bool hasValidation)
    {
        (RecordingSource source, TestRun run) = Record(new() { Epochs = 3, BatchSize = 4, OverfitBatches = 2, SanityValidationBatches = 0, Shuffle = true });
        run = hasValidation ? run : run with { Validation = null };
        (int training, int validation) = Steps(run, out TrainingResult result);
        Assert.AreEqual(3 * 2, training);
        Assert.AreEqual(hasValidation ? (3 + 1) * 2 : 0, validation);
        Assert.AreEqual(hasValidation, result.History.Epochs[0].Metrics.ContainsKey("val_loss"));
        // With a validation set each epoch is read twice: it validates on the very same batches, as does the evaluation at the end.
        Assert.HasCount(hasValidation ? 7 : 3, source.Epochs);
        foreach (float[] labels in source.Epochs)
        {
            CollectionAssert.AreEqual(run.Training.Labels[..8], labels[..8]);
        }
    }

    [TestMethod]
    public void OverfitBatches_measures_the_batches_that_it_learns()
    {
        (_, TestRun run) = Record(new() { Epochs = 2, BatchSize = 4, OverfitBatches = 2, Optimizer = new SGD(1e-30f) });
        History history = run.Train().History;
        Assert.AreEqual(history["loss"][1], history["val_loss"][1], 1e-6, "weights that do not change give the same loss on the same batches");
    }

    [TestMethod]
    public void OverfitBatches_finds_a_network_that_can_learn_them_by_heart()
    {
        TestRun run = new() { Training = Rows.Line(200), Options = new() { Epochs = 300, BatchSize = 2, OverfitBatches = 1, Optimizer = new SGD(0.1f) } };
        Assert.IsLessThan(1e-6, run.Train().History["loss"][^1]);
    }

    [TestMethod]
    [DataRow(0, 0)]
    [DataRow(1, 1)]
    [DataRow(2, 2)]
    [DataRow(50, 3)]
    public void SanityValidationBatches_are_tried_before_the_first_epoch(int batches, int expected)
    {
        (_, TestRun run) = Record(new() { Epochs = 1, BatchSize = 4, SanityValidationBatches = batches });
        int steps = 0;
        int before = -1;
        run.Options.Callbacks.Add(new LambdaCallback(onTrainBegin: _ => before = steps));
        (run with { CheckAlive = () => steps++ }).Train();
        Assert.AreEqual(expected, before);
    }

    [TestMethod]
    public void SanityValidationBatches_change_nothing()
    {
        (_, TestRun plain) = Record(new() { Epochs = 2, BatchSize = 4, SanityValidationBatches = 0 });
        (_, TestRun tried) = Record(new() { Epochs = 2, BatchSize = 4, SanityValidationBatches = 3 });
        TrainingResult expected = plain.Train();
        TrainingResult actual = tried.Train();
        WeightAssert.AreEqual(expected.Weights, actual.Weights);
        CollectionAssert.AreEqual(expected.History["loss"].Concat(expected.History["val_loss"]).ToArray(), actual.History["loss"].Concat(actual.History["val_loss"]).ToArray());
    }

    /// <summary>20 rows to learn from and 12 to validate on: 5 and 3 batches of 4.</summary>
    private static (RecordingSource, TestRun) Record(NeuralNetworkOptions options)
    {
        var source = new RecordingSource(Rows.Line(20).ToSource());
        return (source, new TestRun { Training = Rows.Line(20), Validation = Rows.Line(12, seed: 2), Options = options, Around = _ => source });
    }

    private static (int Training, int Validation) Steps(TestRun run, out TrainingResult result)
    {
        int all = 0;
        int training = 0;
        run.Options.Callbacks.Add(new LambdaCallback(onBatchEnd: (_, _) => training++));
        result = (run with { CheckAlive = () => all++ }).Train();
        return (training, all - training);
    }
}
