using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Whole trainings whose learning rate changes.</summary>
[TestClass]
public sealed class ScheduledTrainingTests
{
    public static IEnumerable<LearningRateSchedule[]> Schedules =>
    [
        [new ExponentialDecay(0.2f, null, 0.1f)], [new StepDecay(0.2f, 4, 0.5f)], [new PiecewiseConstantDecay([3, 8], [0.2f, 0.1f, 0.05f])],
        [new CosineDecay(0.01f, warmupTarget: 0.2f, warmupSteps: 4)], [new OneCycle(0.2f)], [new Warmup(new PolynomialDecay(0.2f), 5)],
        [LearningRateSchedule.FromFunction("own", step => 0.2 / (step + 1))],
    ];

    /// <summary>23 rows in batches of 5 are 5 steps an epoch.</summary>
    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void Each_step_has_the_schedules_rate_and_goes_as_far_as_plain_Csharp(LearningRateSchedule schedule)
    {
        var rates = new List<double>();
        TestRun run = Linear(new SGD(schedule, momentum: 0.5f), epochs: 3, new Noting(rates));
        TrainingResult result = run.Train();
        double[] expected = [.. Enumerable.Range(0, 15).Select(step => schedule.RateAt(step, new TrainingLength(3, 5)))];
        CollectionAssert.AreEqual(expected, rates);
        CollectionAssert.AreEqual(new[] { expected[0], expected[5], expected[10] }, result.History.Epochs.Select(epoch => epoch.LearningRate).ToArray());
        AssertWeights(Descend(run.Training, expected, 5, 0.5), result);
    }

    [TestMethod]
    public void Where_gradients_are_gathered_the_schedule_counts_steps_not_batches()
    {
        // 5 batches an epoch make 3 steps: two of two batches, and one of what is left.
        var rates = new List<double>();
        Linear(new SGD(new PolynomialDecay(0.9f, endLearningRate: 0)) { GradientAccumulationSteps = 2 }, epochs: 3, new Noting(rates)).Train();
        int[] steps = [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 8];
        double[] expected = [.. steps.Select(step => 0.9 * (1 - (step / 9.0)))];
        Assert.HasCount(15, rates);
        Assert.IsLessThan(1e-6, expected.Zip(rates, (wanted, rate) => Math.Abs(wanted - rate)).Max());
    }

    /// <summary>keras/src/optimizers/schedules/learning_rate_schedule_test.py, test_fit_lr_correctness.</summary>
    [TestMethod]
    public void The_losses_of_a_training_are_those_that_Keras_publishes()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 16).Select(i => new Pair { Features = [2 * i, (2 * i) + 1], Label = [2 * i, (2 * i) + 1] }));
        var network = new Sequential { new Dense(2, kernelInitializer: Constant.Ones, biasInitializer: Constant.Ones) };
        History history = ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            AddOutputLayer = false,
            Epochs = 3,
            BatchSize = 4,
            Shuffle = false,
            Device = Device.Cpu,
            Optimizer = new Adam(new ExponentialDecay(0.05f, 1, 0.9f)),
        }).Fit(data).Model.History;
        double[] published = [230.79457092285156, 128.30319213867188, 79.33648681640625];
        foreach ((double expected, double actual) in published.Zip(history["loss"]))
        {
            Assert.AreEqual(expected, actual, 5e-5 * expected);
        }
    }

    [TestMethod]
    public void The_log_tells_rates_that_change_and_only_those()
    {
        TestRun scheduled = Linear(new SGD(new StepDecay(0.2f, 5, 0.5f)), epochs: 2);
        scheduled.Train();
        Assert.EndsWith(" s - learning rate: 0.2", scheduled.Log[^2]);
        Assert.EndsWith(" s - learning rate: 0.1", scheduled.Log[^1]);
        TestRun constant = Linear(new SGD(0.2f), epochs: 1);
        constant.Train();
        Assert.EndsWith(" s", constant.Log[^1]);
        TestRun lowered = Linear(new SGD(0.2f), epochs: 1, new LearningRateScheduler((_, rate) => rate / 4));
        lowered.Train();
        Assert.EndsWith(" s - learning rate: 0.05", lowered.Log[^1]);
    }

    [TestMethod]
    public void Streamed_data_and_a_schedule_over_all_of_it_is_an_error_before_anything_is_read()
    {
        var calls = new List<double>();
        Streamed? source = null;
        TestRun run = Linear(new SGD(new OneCycle(0.2f)), epochs: 2, new Noting(calls)) with { Around = inner => source = new Streamed(inner) };
        Assert.AreEqual(
            "The data is streamed, so that the number of steps is not known when training begins: state totalSteps of the learning rate schedule.",
            Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
        Assert.AreEqual(0, source!.Passes);
        Assert.IsEmpty(run.Log);
        run.Options.Optimizer = new SGD(new OneCycle(0.2f, totalSteps: 10));
        run.Train();
        Assert.HasCount(10, calls);
    }

    [TestMethod]
    public void A_function_that_gives_no_rate_is_named_with_the_step()
    {
        TestRun run = Linear(new SGD(LearningRateSchedule.FromFunction("own", step => step < 3 ? 0.1 : double.NaN)), epochs: 1);
        Assert.AreEqual(
            "The learning rate schedule FunctionSchedule { Name = own } gives NaN for step 3. A rate must be at least 0, and finite.",
            Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
    }

    [TestMethod]
    public void A_function_for_the_epochs_gets_their_number_and_the_rate_and_decides()
    {
        var asked = new List<string>();
        var rates = new List<double>();
        var callback = new LearningRateScheduler((epoch, rate) =>
        {
            asked.Add(string.Create(CultureInfo.InvariantCulture, $"{epoch}: {rate:0.####}"));
            return epoch == 1 ? rate : rate * 0.5;
        });
        TestRun run = Linear(new SGD(0.2f), epochs: 3, callback, new Noting(rates));
        TrainingResult result = run.Train();
        CollectionAssert.AreEqual(new[] { "1: 0.2", "2: 0.2", "3: 0.1" }, asked);
        double[] expected = [.. Enumerable.Range(0, 15).Select(step => 0.2f * Math.Pow(0.5, step / 5))];
        CollectionAssert.AreEqual(expected, rates);
        CollectionAssert.AreEqual(new[] { expected[0], expected[5], expected[10] }, result.History.Epochs.Select(epoch => epoch.LearningRate).ToArray());
        AssertWeights(Descend(run.Training, expected, 5, 0), result);
    }

    [TestMethod]
    public void Beside_a_schedule_the_function_sets_the_first_rate_and_the_schedule_goes_on_in_proportion()
    {
        var rates = new List<double>();
        Linear(new SGD(new ExponentialDecay(0.2f, 1, 0.9f)), epochs: 2, new LearningRateScheduler((epoch, _) => 0.1 * epoch), new Noting(rates)).Train();
        for (int step = 0; step < 10; step++)
        {
            Assert.AreEqual((step < 5 ? 0.1 : 0.2) * Math.Pow(0.9, step % 5), rates[step], 1e-7);
        }
    }

    [TestMethod]
    public void A_function_for_the_epochs_must_give_a_rate()
    {
        TestRun run = Linear(new SGD(0.2f), epochs: 2, new LearningRateScheduler((epoch, rate) => epoch == 2 ? 0 : rate));
        Assert.AreEqual(
            "The function of the LearningRateScheduler gives 0 for epoch 2. A rate must be above 0, and finite.",
            Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
        TestRun zero = Linear(new SGD(new Warmup(0.2f, 3)), epochs: 2, new LearningRateScheduler((_, _) => 0.1));
        Assert.AreEqual(
            "The optimizer's learning rate schedule gives 0 for the first step of epoch 1, which no factor can make 0.1. Use a constant rate beside a LearningRateScheduler.",
            Assert.ThrowsExactly<InvalidOperationException>(() => zero.Train()).Message);
        Assert.ThrowsExactly<ArgumentNullException>(() => new LearningRateScheduler(null!));
    }

    [TestMethod]
    public void A_function_for_the_epochs_stays_out_of_model_files()
    {
        var options = new NeuralNetworkOptions { Callbacks = { new LearningRateScheduler((_, rate) => rate), new ReduceLROnPlateau("loss") } };
        NeuralNetworkOptions read = JsonSerializer.Deserialize<NeuralNetworkOptions>(JsonSerializer.Serialize(options, ComponentJson.Options), ComponentJson.Options)!;
        CollectionAssert.AreEqual(new Callback[] { new ReduceLROnPlateau("loss") }, read.Callbacks.ToArray());
    }

    /// <summary>Interrupted in the middle of an epoch and at its end, then taken up from the checkpoint.</summary>
    [TestMethod]
    [DataRow(3, 2)]
    [DataRow(2, 4)]
    public void A_resumed_training_goes_on_with_the_same_rates_to_the_bit(int epoch, int batch)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(Rows.Line(32).Features.Zip(Rows.Line(32).Labels, (features, label) => new Row { Features = features, Label = label }));
        History Train(List<double> rates, string? from, params Callback[] callbacks) =>
            ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.Tanh) }, new NeuralNetworkOptions
            {
                Epochs = 6,
                BatchSize = 8,
                Seed = 1,
                Device = Device.Cpu,
                ResumeFrom = from,
                Optimizer = new Adam(new OneCycle(0.05f)),
                Callbacks =
                [
                    new ReduceLROnPlateau("loss", 0.5f, patience: 1, minDelta: 10, cooldown: 1), new LearningRateScheduler((at, rate) => at % 2 == 0 ? rate * 0.7 : rate),
                    new Noting(rates), .. callbacks,
                ],
            }).Fit(data).Model.History;

        List<double> whole = [], before = [], after = [];
        History uninterrupted = Train(whole, null);
        string path = folder["checkpoint.safetensors"];
        Assert.ThrowsExactly<TimeoutException>(() => Train(before, null, new Interrupting(epoch, batch, path)));
        History resumed = Train(after, path);
        CollectionAssert.AreEqual(whole, before.Concat(after).ToArray());
        CollectionAssert.AreEqual(uninterrupted["loss"].ToArray(), resumed["loss"].ToArray());
        // Something was to be remembered: reductions, and an epoch's own factor.
        Assert.AreNotEqual(1, whole[^1] / new OneCycle(0.05f).RateAt(23, new TrainingLength(6, 4)), 0.01);
    }

    internal static TestRun Linear(Optimizer optimizer, int epochs, params Callback[] callbacks) => new()
    {
        Training = Rows.Line(23),
        InitialWeights = new NetworkWeights([new("output/kernel", new Shape(3, 1), new[] { 0.3f, -0.2f, 0.1f }), new("output/bias", new Shape(1), new[] { 0.5f })]),
        Options = new() { Optimizer = optimizer, Epochs = epochs, BatchSize = 5, Shuffle = false, Callbacks = [.. callbacks] },
    };

    /// <summary>Gradient descent with momentum for one linear unit and the squared error, with a rate for each step.</summary>
    private static double[] Descend(Rows rows, double[] rates, int batchSize, double momentum)
    {
        double[] weights = [0.3f, -0.2f, 0.1f, 0.5f], velocity = new double[4];
        int[][] batches = [.. Enumerable.Range(0, rows.Count).Chunk(batchSize)];
        for (int step = 0; step < rates.Length; step++)
        {
            int[] batch = batches[step % batches.Length];
            double[] errors = [.. batch.Select(row => LinearModel.Predict(weights, rows.Features[row]) - rows.Labels[row])];
            for (int i = 0; i < weights.Length; i++)
            {
                double gradient = batch.Zip(errors, (row, error) => 2 * error * (i < 3 ? rows.Features[row][i] : 1)).Sum() / batch.Length;
                velocity[i] = (momentum * velocity[i]) - (rates[step] * gradient);
                weights[i] += velocity[i];
            }
        }

        return weights;
    }

    private static void AssertWeights(double[] expected, TrainingResult result)
    {
        float[] actual = [.. result.Weights["output/kernel"].Values.Span, .. result.Weights["output/bias"].Values.Span];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-5, $"weight {i}");
        }
    }

    /// <summary>Notes the rate of each batch.</summary>
    private sealed record Noting(List<double> Rates) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(this);

        private sealed class Run(Noting owner) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch) => owner.Rates.Add(batch.LearningRate);
        }
    }

    /// <summary>Writes a checkpoint after a batch, and ends training the hard way.</summary>
    private sealed record Interrupting(int Epoch, long Batch, string Path) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(this, training);

        private sealed class Run(Interrupting settings, TrainingRun training) : CallbackRun
        {
            public override void OnBatchEnd(BatchResult batch)
            {
                if (batch.Epoch == settings.Epoch && batch.Batch == settings.Batch)
                {
                    training.SaveCheckpoint(settings.Path);
                    throw new TimeoutException("Interrupted.");
                }
            }
        }
    }

    /// <summary>Examples whose number is not known.</summary>
    private sealed class Streamed(ExampleSource inner) : ExampleSource(inner.Layout)
    {
        internal int Passes { get; private set; }

        internal override long? Count => null;

        internal override IBatchFiller BeginEpoch(Random? shuffle)
        {
            Passes++;
            return inner.BeginEpoch(shuffle);
        }
    }

    private sealed class Pair
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        [VectorType(2)]
        public float[] Label { get; set; } = [];
    }

    private sealed class Row
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
