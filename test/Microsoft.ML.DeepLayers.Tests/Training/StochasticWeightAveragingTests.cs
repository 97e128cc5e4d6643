using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class StochasticWeightAveragingTests
{
    [TestMethod]
    public void The_model_has_the_mean_of_the_weights_of_the_last_epochs()
    {
        var spy = new Spy();
        TrainingResult result = Run([new StochasticWeightAveraging(startEpoch: 3), spy]).Train();
        foreach (WeightTensor weight in result.Weights.Where(weight => !weight.Name.Contains("moving", StringComparison.Ordinal)))
        {
            for (int i = 0; i < weight.Values.Length; i++)
            {
                double mean = spy.Epochs.Skip(2).Average(epoch => (double)epoch[weight.Name].Values.Span[i]);
                Assert.AreEqual(mean, weight.Values.Span[i], 1e-6, weight.Name);
            }
        }
    }

    /// <summary>The input of the first layer does not depend on weights: its mean and variance are those of the data.</summary>
    [TestMethod]
    public void Statistics_are_those_of_the_training_data()
    {
        TestRun run = Run([new StochasticWeightAveraging(startFraction: 0)], batchSize: 50);
        TrainingResult result = run.Train();
        for (int i = 0; i < 3; i++)
        {
            double[] values = [.. run.Training.Features.Select(row => (double)row[i])];
            double mean = values.Average();
            Assert.AreEqual(mean, result.Weights["first/moving_mean"].Values.Span[i], 1e-5);
            Assert.AreEqual(values.Average(value => Math.Pow(value - mean, 2)), result.Weights["first/moving_variance"].Values.Span[i], 1e-5);
        }

        // Of several batches it is the mean of their statistics, each as much as it has examples.
        TrainingResult batches = Run([new StochasticWeightAveraging(startFraction: 0)], batchSize: 16).Train();
        for (int i = 0; i < 3; i++)
        {
            double mean = run.Training.Features.Average(row => (double)row[i]);
            Assert.AreEqual(mean, batches.Weights["first/moving_mean"].Values.Span[i], 1e-5);
        }
    }

    [TestMethod]
    public void From_the_first_epoch_that_counts_on_the_learning_rate_is_its_own()
    {
        TrainingResult result = Run([new StochasticWeightAveraging(startFraction: 0.5f, learningRate: 0.02f)]).Train();
        double[] rates = [.. result.History.Epochs.Select(epoch => epoch.LearningRate)];
        CollectionAssert.AreEqual(new[] { 0.1f, 0.1f, 0.1f, 0.02f, 0.02f, 0.02f }, rates.Select(rate => (float)rate).ToArray());
    }

    [TestMethod]
    public void Where_no_epoch_counted_the_weights_stay_and_the_log_says_so()
    {
        TestRun without = Run([]), with = Run([new StochasticWeightAveraging(startEpoch: 99)]);
        WeightAssert.AreEqual(without.Train().Weights, with.Train().Weights);
        Assert.IsTrue(with.Log.Any(line => line.Contains("training ended before epoch 99", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_resumed_training_ends_with_the_same_average()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            TestRun whole = Run([new StochasticWeightAveraging(startEpoch: 2, learningRate: 0.02f), new Saver(path)]);
            NetworkWeights expected = whole.Train().Weights;
            TestRun resumed = Run([new StochasticWeightAveraging(startEpoch: 2, learningRate: 0.02f)]) with { Checkpoint = Checkpoint.Load(path) };
            TrainingResult result = resumed.Train();
            Assert.HasCount(6, result.History.Epochs);
            WeightAssert.AreEqual(expected, result.Weights);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Statistics_cannot_be_computed_within_an_epoch()
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => Run([new Hasty()]).Train());
        Assert.StartsWith("TrainingRun.UpdateBatchNormalization reads the training data", error.Message);
    }

    [TestMethod]
    public void Values_out_of_range_are_refused()
    {
        Assert.AreEqual("startEpoch", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StochasticWeightAveraging(0)).ParamName);
        Assert.AreEqual("startFraction", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StochasticWeightAveraging(startFraction: 1)).ParamName);
        Assert.AreEqual("learningRate", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StochasticWeightAveraging(learningRate: 0)).ParamName);
    }

    private static TestRun Run(Callback[] callbacks, int batchSize = 16)
    {
        var options = new NeuralNetworkOptions { Optimizer = new SGD(0.1f, 0.5f), Epochs = 6, BatchSize = batchSize };
        foreach (Callback callback in callbacks)
        {
            options.Callbacks.Add(callback);
        }

        return new TestRun
        {
            Body = [new BatchNormalization { Name = "first" }, new Dense(4, Activation.Tanh), new BatchNormalization()],
            Training = Rows.Line(50),
            Options = options,
        };
    }

    /// <summary>Takes a copy of the weights after every epoch.</summary>
    private sealed record Spy : Callback
    {
        internal List<NetworkWeights> Epochs { get; } = [];

        public override CallbackRun Begin(TrainingRun training) => new SpyRun(this, training);

        private sealed class SpyRun(Spy spy, TrainingRun training) : CallbackRun
        {
            public override void OnEpochEnd(EpochResult result) => spy.Epochs.Add(training.GetWeights());
        }
    }

    /// <summary>Saves a checkpoint after the third epoch.</summary>
    private sealed record Saver(string Path) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new SaverRun(this, training);

        private sealed class SaverRun(Saver saver, TrainingRun training) : CallbackRun
        {
            public override void OnEpochEnd(EpochResult result)
            {
                if (result.Epoch == 3)
                {
                    training.SaveCheckpoint(saver.Path);
                }
            }
        }
    }

    private sealed record Hasty : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new HastyRun(training);

        private sealed class HastyRun(TrainingRun training) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch) => training.UpdateBatchNormalization();
        }
    }
}
