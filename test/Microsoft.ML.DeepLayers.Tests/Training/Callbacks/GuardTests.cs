using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Callbacks that end training: TerminateOnNaN, LossSpikeDetection, TimeLimit.</summary>
[TestClass]
public sealed class GuardTests
{
    [TestMethod]
    public void TerminateOnNaN_names_the_input_that_is_not_finite()
    {
        Rows rows = Rows.Line(8);
        rows.Features[5][1] = float.NaN;
        TestRun run = new() { Training = rows, Body = [new Dense(2)], Options = new() { BatchSize = 4, Shuffle = false, Callbacks = { new TerminateOnNaN() } } };
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        StringAssert.StartsWith(error.Message, "Training diverged at step 2, batch 2 of epoch 1: the loss is NaN. The first that is not finite is the data of the input '");
    }

    [TestMethod]
    public void TerminateOnNaN_names_the_layer_and_the_weights_are_still_those_before_the_step()
    {
        // The square of what the first layer gives is beyond what a float can hold.
        TestRun run = new()
        {
            Training = Rows.Make(8, 2, _ => 1),
            Body = [new Rescaling(1e25f), new Dense(2), new Rescaling(1e20f) { Name = "huge" }],
            Options = new() { BatchSize = 4, Callbacks = { new TerminateOnNaN() } },
        };
        NetworkWeights? after = null;
        NetworkWeights? before = null;
        run.Options.Callbacks.Add(new LambdaCallback(
            onTrainBegin: training => before = training.GetWeights(), onException: (training, _) => after = training.GetWeights()));
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        StringAssert.Contains(error.Message, "at step 1, batch 1 of epoch 1");
        StringAssert.Contains(error.Message, "The first that is not finite is the output of the layer 'huge' (Rescaling).");
        WeightAssert.AreEqual(before!, after!);
    }

    [TestMethod]
    public void TerminateOnNaN_names_the_weight()
    {
        TestRun run = new() { Training = Rows.Line(8), Body = [new Dense(2) { Name = "first" }, new Dense(2) { Name = "second" }], Options = new() { BatchSize = 4, Callbacks = { new TerminateOnNaN() } } };
        run.Options.Callbacks.Add(new LambdaCallback(onBatchEnd: (training, batch) =>
            training.SetWeights(new NetworkWeights([new WeightTensor("second/bias", new Shape(2), new float[] { 0, float.NaN })]))));
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        StringAssert.Contains(error.Message, "at step 2, batch 2 of epoch 1: the loss is NaN. The first that is not finite is the weight 'second/bias'.");
    }

    /// <summary>The root of 0 has an infinite slope, and 0 times infinity is no number, while the loss is finite.</summary>
    [TestMethod]
    public void TerminateOnNaN_names_the_gradient_where_the_loss_is_still_finite()
    {
        TestRun run = new()
        {
            Training = Rows.Line(4),
            Options = new()
            {
                Loss = Loss.FromFunction("root", (output, labels) => output.sub(output).pow(2).sqrt()),
                Callbacks = { new TerminateOnNaN() },
            },
        };
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train());
        StringAssert.Contains(error.Message, "the loss is 0. The first that is not finite is the gradient of the weight '");
    }

    [TestMethod]
    public void TerminateOnNaN_changes_nothing_where_all_is_well()
    {
        TestRun plain = new() { Training = Rows.Line(16), Body = [new Dense(3), new Dropout(0.5f)], Options = new() { Epochs = 2, BatchSize = 4 } };
        TestRun watched = plain with { Options = new() { Epochs = 2, BatchSize = 4, Callbacks = { new TerminateOnNaN() } } };
        WeightAssert.AreEqual(plain.Train().Weights, watched.Train().Weights);
    }

    /// <summary>Means worked out by hand: 1; (1+2)/2; (1+2+3)/3; then 20 against (2+3+20)/3 and so on.</summary>
    [TestMethod]
    public void LossSpikeDetection_compares_with_the_mean_of_the_last_losses()
    {
        var run = new LossSpikeDetection.Run(new LossSpikeDetection(window: 3), FakeTraining.Run(hasValidation: false));
        Assert.IsNull(run.Add(1), "warmup");
        Assert.IsNull(run.Add(2), "1 away from 1");
        Assert.IsNull(run.Add(3), "1.5 away from 1.5");
        Assert.AreEqual(2.0, run.Add(6), "4 away from 2: just a spike");
        Assert.IsNull(run.Add(5.9), "better than the one before");
        Assert.AreEqual((3 + 6 + 5.9) / 3, run.Add(double.NaN));
        Assert.AreEqual((3 + 6 + 5.9) / 3, run.Add(100)!.Value, 1e-12, "the NaN was left out");
        Assert.IsNull(run.Add(101), "61 away from 37, as a loss that stays high is no news");
    }

    [TestMethod]
    public void LossSpikeDetection_heeds_both_tolerances_and_the_warmup()
    {
        var run = new LossSpikeDetection.Run(new LossSpikeDetection(warmup: 2, absoluteTolerance: 5, relativeTolerance: 0.5f), FakeTraining.Run(hasValidation: false));
        Assert.IsNull(run.Add(1));
        Assert.IsNull(run.Add(1000), "warmup");
        Assert.IsNull(run.Add(1));
        Assert.IsNull(run.Add(1));
        Assert.IsNull(run.Add(1));
        var close = new LossSpikeDetection.Run(new LossSpikeDetection(absoluteTolerance: 5, relativeTolerance: 0.5f), FakeTraining.Run(hasValidation: false));
        Assert.IsNull(close.Add(1));
        Assert.IsNull(close.Add(5.5), "4.5 away");
        Assert.IsNotNull(close.Add(9), "5.75 away from 3.25");
    }

    [TestMethod]
    public void LossSpikeDetection_goes_on_where_it_was()
    {
        TrainingRun training = FakeTraining.Run(hasValidation: false);
        var whole = new LossSpikeDetection.Run(new LossSpikeDetection(window: 2), training);
        var resumed = new LossSpikeDetection.Run(new LossSpikeDetection(window: 2), training);
        foreach (double loss in new double[] { 5, 1, 2 })
        {
            whole.Add(loss);
        }

        resumed.SetState(whole.GetState());
        foreach (double loss in new[] { 4, 4.5, 100 })
        {
            Assert.AreEqual(whole.Add(loss), resumed.Add(loss));
        }
    }

    [TestMethod]
    [DataRow(false, 2)]
    [DataRow(true, 1)]
    public void LossSpikeDetection_tells_the_log_and_stops_where_it_should(bool stop, int epochs)
    {
        Rows rows = Rows.Line(16);
        rows.Labels[9] = 1e6f;
        TestRun run = new()
        {
            Training = rows,
            Options = new() { Epochs = 2, BatchSize = 4, Shuffle = false, Optimizer = new SGD(1e-9f), Callbacks = { new LossSpikeDetection(stop: stop) } },
        };
        Assert.HasCount(epochs, run.Train().History.Epochs);
        StringAssert.Matches(run.Log[0], new(@"^Loss spike: the loss of batch 3 of epoch 1 \(step 3\) is \d+\.\d{4}, while that of the batches before was \d+\.\d{4} on average\."));
    }

    [TestMethod]
    public void TimeLimit_stops_after_the_batch_and_validates_what_was_learned()
    {
        TestRun run = new()
        {
            Training = Rows.Line(64),
            Validation = Rows.Line(4),
            Options = new() { Epochs = 100_000, BatchSize = 1, MaxTime = TimeSpan.FromMilliseconds(1) },
        };
        long batches = 0;
        run.Options.Callbacks.Add(new LambdaCallback(onBatchEnd: (_, batch) =>
        {
            batches++;
            Thread.Sleep(2);
        }));
        History history = run.Train().History;
        Assert.AreEqual(1, batches);
        Assert.IsTrue(history.Epochs.Single().Metrics.ContainsKey("val_loss"));
        Assert.AreEqual("Time limit: the 00:00:00.0010000 of training were over in epoch 1, after batch 1.", run.Log[0]);
    }

    [TestMethod]
    public void TimeLimit_counts_the_time_before_an_interruption_and_says_it_once()
    {
        var log = new List<string>();
        TrainingRun training = new FakeTraining().ToRun(log: log.Add);
        var time = new TestTime();
        var run = new TimeLimit.Run(TimeSpan.FromMinutes(10), training, time);
        run.OnEpochBegin(1);
        time.Pass(TimeSpan.FromMinutes(7));
        run.OnEpochEnd(Result(1));
        Assert.IsEmpty(log);
        var resumed = new TimeLimit.Run(TimeSpan.FromMinutes(10), training, time);
        resumed.SetState(run.GetState());
        time.Pass(TimeSpan.FromHours(5));
        resumed.OnEpochBegin(2);
        time.Pass(TimeSpan.FromMinutes(2.9));
        resumed.OnEpochEnd(Result(2));
        Assert.IsEmpty(log);
        time.Pass(TimeSpan.FromMinutes(0.2));
        resumed.OnEpochEnd(Result(3));
        resumed.OnEpochEnd(Result(4));
        CollectionAssert.AreEqual(new[] { "Time limit: the 00:10:00 of training were over after epoch 3." }, log);
        Assert.IsTrue(training.StopAtOnce);
    }

    [TestMethod]
    public void Settings_are_checked()
    {
        Assert.AreEqual("limit", Assert.Throws<ArgumentOutOfRangeException>(() => new TimeLimit(TimeSpan.Zero)).ParamName);
        Assert.AreEqual("window", Assert.Throws<ArgumentOutOfRangeException>(() => new LossSpikeDetection(window: 0)).ParamName);
        Assert.AreEqual("warmup", Assert.Throws<ArgumentOutOfRangeException>(() => new LossSpikeDetection(warmup: 0)).ParamName);
        Assert.AreEqual("absoluteTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new LossSpikeDetection(absoluteTolerance: -1)).ParamName);
        Assert.AreEqual("relativeTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new LossSpikeDetection(relativeTolerance: float.NaN)).ParamName);
        Assert.AreEqual("MaxTime", Assert.Throws<ArgumentOutOfRangeException>(() => new NeuralNetworkOptions { MaxTime = TimeSpan.Zero }.Validate()).ParamName);
    }

    private static EpochResult Result(int epoch) => new(epoch, new Dictionary<string, double> { ["loss"] = 1 }, 0.1, 1);
}
