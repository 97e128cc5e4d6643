namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class CallbackTests
{
    [TestMethod]
    public void Callbacks_are_called_in_order_around_each_epoch()
    {
        var calls = new List<string>();
        new TestRun
        {
            Training = Rows.Line(8),
            Validation = Rows.Line(4),
            Options = new() { Epochs = 2, Callbacks = { new Noting("a", calls), new Noting("b", calls) } },
        }.Train();
        CollectionAssert.AreEqual(
            new[]
            {
                "a begins: loss, mae, val_loss, val_mae", "b begins: loss, mae, val_loss, val_mae",
                "a epoch 1", "b epoch 1", "a result 1 loss mae val_loss val_mae", "b result 1 loss mae val_loss val_mae",
                "a epoch 2", "b epoch 2", "a result 2 loss mae val_loss val_mae", "b result 2 loss mae val_loss val_mae",
                "a ends", "b ends",
            },
            calls);
    }

    [TestMethod]
    public void Whoever_asks_to_stop_is_obeyed_after_the_epoch_and_gives_the_log_a_reason()
    {
        var calls = new List<string>();
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Epochs = 5, Callbacks = { new Stopping(2), new Noting("a", calls) } } };
        Assert.HasCount(2, run.Train().History.Epochs);
        Assert.AreEqual("Enough.", run.Log[^1]);
        CollectionAssert.Contains(calls, "a result 2 loss mae");
        Assert.AreEqual("a ends", calls[^1]);
    }

    [TestMethod]
    public void Restoring_without_anything_kept_changes_nothing()
    {
        TestRun plain = new() { Training = Rows.Line(8), Options = new() { Epochs = 2 } };
        TestRun restoring = plain with { Options = new() { Epochs = 2, Callbacks = { new Restoring() } } };
        Microsoft.ML.DeepLayers.Training.TrainingResult result = restoring.Train();
        WeightAssert.AreEqual(plain.Train().Weights, result.Weights);
        Assert.IsNull(result.History.BestEpoch);
    }

    [TestMethod]
    public void Errors_of_a_callback_come_out()
    {
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Callbacks = { new Noting("a", null!) } } };
        Assert.ThrowsExactly<NullReferenceException>(() => run.Train());
    }

    private sealed record Noting(string Name, List<string> Calls) : Callback
    {
        public override CallbackRun Begin(TrainingRun training)
        {
            Calls.Add($"{Name} begins: {string.Join(", ", training.Metrics)}");
            return new Run(this);
        }

        private sealed class Run(Noting owner) : CallbackRun
        {
            public override void OnEpochBegin(int epoch) => owner.Calls.Add($"{owner.Name} epoch {epoch}");

            public override void OnEpochEnd(EpochResult result) => owner.Calls.Add($"{owner.Name} result {result.Epoch} {string.Join(' ', result.Metrics.Keys)}");

            public override void OnTrainEnd() => owner.Calls.Add($"{owner.Name} ends");
        }
    }

    private sealed record Stopping(int After) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(training, After);

        private sealed class Run(TrainingRun training, int after) : CallbackRun
        {
            public override void OnEpochEnd(EpochResult result)
            {
                if (result.Epoch == after)
                {
                    training.Stop("Enough.");
                }
            }
        }
    }

    private sealed record Restoring : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(training);

        private sealed class Run(TrainingRun training) : CallbackRun
        {
            public override void OnTrainEnd() => training.RestoreWeights();
        }
    }
}
