using System.Net.Sockets;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What callbacks are told, in which order, and what becomes of their errors.</summary>
[TestClass]
public sealed class BatchEventTests
{
    [TestMethod]
    public void Every_event_comes_in_its_place()
    {
        var events = new List<string>();
        new TestRun
        {
            Training = Rows.Line(6),
            Validation = Rows.Line(4),
            Options = new() { Epochs = 2, BatchSize = 4, Callbacks = { new Noting(events) } },
        }.Train();
        CollectionAssert.AreEqual(
            new[]
            {
                "begin", "epoch 1", "batch 1.1 of 4, step 1", "batch 1.2 of 2, step 2", "validation 1", "result 1",
                "epoch 2", "batch 2.1 of 4, step 3", "batch 2.2 of 2, step 4", "validation 2", "result 2", "end", "disposed",
            },
            events);
    }

    [TestMethod]
    public void Steps_count_what_the_optimizer_did_and_the_loss_is_that_of_the_batch()
    {
        var steps = new List<long>();
        var losses = new List<double>();
        TestRun run = new()
        {
            Training = Rows.Line(20),
            Options = new()
            {
                Epochs = 1,
                BatchSize = 4,
                Optimizer = new SGD(0.1f) with { GradientAccumulationSteps = 2 },
                Callbacks =
                {
                    new LambdaCallback(onBatchEnd: (training, batch) =>
                    {
                        steps.Add(batch.Step);
                        losses.Add(batch.Loss);
                        Assert.AreEqual(0.1, batch.LearningRate, 1e-8);
                        Assert.AreEqual(losses.Average(), training.ReadMetrics()["loss"], 1e-6, "the mean so far");
                    }),
                },
            },
        };
        History history = run.Train().History;
        CollectionAssert.AreEqual(new long[] { 0, 1, 1, 2, 2 }, steps);
        Assert.AreEqual(losses.Average(), history["loss"][0], 1e-6);
    }

    [TestMethod]
    [DataRow("begin")]
    [DataRow("epoch 1")]
    [DataRow("batch 1.2 of 2, step 2")]
    [DataRow("validation 1")]
    [DataRow("result 1")]
    [DataRow("end")]
    public void An_error_in_any_hook_comes_out_and_everybody_is_told_and_disposed(string place)
    {
        var events = new List<string>();
        TestRun run = new()
        {
            Training = Rows.Line(6),
            Validation = Rows.Line(4),
            Options = new() { Epochs = 1, BatchSize = 4, Callbacks = { new Noting(events), new Noting([]) { FailsAt = place }, new Noting(events) } },
        };
        Assert.AreEqual(place, Assert.ThrowsExactly<TimeoutException>(() => run.Train()).Message);
        int begun = place == "begin" ? 1 : 2;
        CollectionAssert.AreEqual(
            Enumerable.Repeat("exception TimeoutException", begun).Concat(Enumerable.Repeat("disposed", begun)).ToArray(), events.TakeLast(2 * begun).ToArray());
    }

    /// <summary>It is of the class that libtorch's errors have too.</summary>
    [TestMethod]
    public void An_error_of_a_callback_is_not_taken_for_one_of_libtorch()
    {
        TestRun run = new() { Training = Rows.Line(6), Options = new() { Callbacks = { new LambdaCallback(onBatchEnd: (_, _) => throw new SocketException(111)) } } };
        Assert.ThrowsExactly<SocketException>(() => run.Train());
    }

    [TestMethod]
    public void An_error_while_told_of_an_error_or_disposed_hides_nothing()
    {
        var events = new List<string>();
        TestRun run = new()
        {
            Training = Rows.Line(6),
            Options = new()
            {
                Callbacks =
                {
                    new Noting([]) { FailsAt = "epoch 1", FailsAtTheEndToo = true }, new Noting(events),
                },
            },
        };
        Assert.AreEqual("epoch 1", Assert.ThrowsExactly<TimeoutException>(() => run.Train()).Message);
        CollectionAssert.AreEqual(new[] { "begin", "exception TimeoutException", "disposed" }, events);
        CollectionAssert.AreEqual(
            new[] { "Noting failed at the end of training: told", "Noting could not close what it had opened: disposed" }, run.Log);
    }

    [TestMethod]
    public void A_model_is_not_lost_because_a_callback_cannot_be_disposed()
    {
        TestRun run = new() { Training = Rows.Line(6), Options = new() { Epochs = 1, Callbacks = { new Noting([]) { FailsAtTheEndToo = true } } } };
        Assert.HasCount(1, run.Train().History.Epochs);
        Assert.AreEqual("Noting could not close what it had opened: disposed", run.Log[^1]);
    }

    [TestMethod]
    public void LambdaCallback_has_a_function_for_every_hook()
    {
        var events = new List<string>();
        var callback = new LambdaCallback(
            onTrainBegin: training => events.Add($"begin {training.BatchesPerEpoch}"),
            onEpochBegin: (_, epoch) => events.Add($"epoch {epoch}"),
            onBatchEnd: (_, batch) => events.Add($"batch {batch.Batch}"),
            onValidationBegin: (_, epoch) => events.Add($"validation {epoch}"),
            onEpochEnd: (training, result) =>
            {
                events.Add($"result {result.Epoch}");
                training.Stop("Enough.");
            },
            onTrainEnd: _ => events.Add("end"),
            onException: (_, exception) => events.Add(exception.Message));
        new TestRun { Training = Rows.Line(4), Validation = Rows.Line(4), Options = new() { Callbacks = { callback } } }.Train();
        CollectionAssert.AreEqual(new[] { "begin 1", "epoch 1", "batch 1", "validation 1", "result 1", "end" }, events);
        events.Clear();
        TestRun failing = new()
        {
            Training = Rows.Line(4),
            Options = new() { Callbacks = { callback, new LambdaCallback(onEpochBegin: (_, _) => throw new TimeoutException("late")) } },
        };
        Assert.ThrowsExactly<TimeoutException>(() => failing.Train());
        CollectionAssert.AreEqual(new[] { "begin 1", "epoch 1", "late" }, events);
    }

    [TestMethod]
    public void A_callback_without_any_function_does_nothing() =>
        Assert.HasCount(1, new TestRun { Training = Rows.Line(4), Options = new() { Epochs = 1, Callbacks = { new LambdaCallback() } } }.Train().History.Epochs);

    [TestMethod]
    public void Model_files_leave_functions_out_and_keep_the_other_callbacks()
    {
        var ml = new MLContext(seed: 1);
        var view = new Data.TestView(20).WithVector("Features", 2, (row, _) => row / 20f).WithNumber("Label", row => row / 20f);
        var options = new NeuralNetworkOptions
        {
            Epochs = 1,
            MaxTime = TimeSpan.FromHours(1),
            Progress = new Progress<TrainingProgress>(),
            Callbacks = { new LambdaCallback(onEpochEnd: (_, _) => { }), new TimeLimit(TimeSpan.FromMinutes(90)), new TerminateOnNaN(), new ProgressBar() },
        };
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, options).Fit(view);
        string json = model.Model.Trained.OptionsJson;
        StringAssert.Contains(json, "\"limit\": \"01:30:00\"");
        StringAssert.Contains(json, "\"maxTime\": \"01:00:00\"");
        StringAssert.Contains(json, "\"TerminateOnNaN\"");
        StringAssert.Contains(json, "\"ProgressBar\"");
        Assert.DoesNotContain("Lambda", json);
        Assert.DoesNotContain("progress\"", json);
    }

    private sealed record Noting(List<string> Events) : Callback
    {
        internal string? FailsAt { get; init; }

        internal bool FailsAtTheEndToo { get; init; }

        public override CallbackRun Begin(TrainingRun training)
        {
            Note("begin");
            return new Run(this);
        }

        private void Note(string what)
        {
            Events.Add(what);
            if (what == FailsAt)
            {
                throw new TimeoutException(what);
            }
        }

        private sealed class Run(Noting owner) : CallbackRun
        {
            public override void OnEpochBegin(int epoch) => owner.Note($"epoch {epoch}");

            public override void OnBatchEnd(BatchResult batch) => owner.Note($"batch {batch.Epoch}.{batch.Batch} of {batch.Examples}, step {batch.Step}");

            public override void OnValidationBegin(int epoch) => owner.Note($"validation {epoch}");

            public override void OnEpochEnd(EpochResult result) => owner.Note($"result {result.Epoch}");

            public override void OnTrainEnd() => owner.Note("end");

            public override void OnException(Exception exception)
            {
                owner.Note($"exception {exception.GetType().Name}");
                if (owner.FailsAtTheEndToo)
                {
                    throw new InvalidOperationException("told");
                }
            }

            protected override void Dispose(bool disposing)
            {
                owner.Note("disposed");
                base.Dispose(disposing);
                if (owner.FailsAtTheEndToo)
                {
                    throw new InvalidOperationException("disposed");
                }
            }
        }
    }
}
