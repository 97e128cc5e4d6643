using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class TrainingLoopTests
{
    public static IEnumerable<Optimizer[]> Optimizers =>
    [
        [new SGD(0.1f)], [new SGD(0.05f, 0.9f, nesterov: true)], [new Adam(0.05f)], [new AdamW(0.05f, 0.1f)], [new RMSprop(0.02f, centered: true)],
    ];

    /// <summary>
    /// The whole loop against plain C#: gradients of the batches, the small last batch, the optimizer, the losses of the
    /// epochs, and those of the validation set with the weights that each epoch ended with.
    /// </summary>
    [TestMethod]
    [DynamicData(nameof(Optimizers))]
    public void One_linear_unit_trains_as_written_out_in_plain_Csharp(Optimizer optimizer)
    {
        Rows rows = Rows.Line(23), validation = Rows.Line(9, seed: 2);
        int[] order = [.. Enumerable.Range(0, 23)];
        TestRun run = Linear(rows, [0.3f, -0.2f, 0.1f], 0.5f, new NeuralNetworkOptions { Optimizer = optimizer, Epochs = 3, BatchSize = 5, Shuffle = false }) with { Validation = validation };
        TrainingResult result = run.Train();
        for (int epochs = 1; epochs <= 3; epochs++)
        {
            (double[] weights, double[] losses) = LinearModel.Train(rows, [0.3f, -0.2f, 0.1f, 0.5], optimizer, 5, [.. Enumerable.Repeat(order, epochs)]);
            EpochResult epoch = result.History.Epochs[epochs - 1];
            Assert.AreEqual(losses[^1], epoch.Metrics["loss"], 1e-5);
            double[] errors = [.. validation.Features.Zip(validation.Labels, (features, label) => LinearModel.Predict(weights, features) - label)];
            Assert.AreEqual(errors.Average(error => error * error), epoch.Metrics["val_loss"], 1e-5);
            Assert.AreEqual(errors.Average(Math.Abs), epoch.Metrics["val_mae"], 1e-5);
            if (epochs == 3)
            {
                AssertWeights(weights, result, 1e-5);
            }
        }
    }

    [TestMethod]
    public void Example_weights_scale_losses_and_gradients_as_in_Keras()
    {
        Rows rows = Rows.Line(23) with { Weights = [.. Enumerable.Range(0, 23).Select(row => row % 4 * 0.75f)] };
        var optimizer = new SGD(0.1f);
        TestRun run = Linear(rows, [0.3f, -0.2f, 0.1f], 0.5f, new NeuralNetworkOptions { Optimizer = optimizer, Epochs = 3, BatchSize = 5, Shuffle = false });
        TrainingResult result = run.Train();
        (double[] weights, double[] losses) = LinearModel.Train(
            rows, [0.3f, -0.2f, 0.1f, 0.5], optimizer, 5, [.. Enumerable.Repeat(Enumerable.Range(0, 23).ToArray(), 3)]);
        AssertWeights(weights, result, 1e-5);
        Assert.AreEqual(losses[^1], result.History["loss"][^1], 1e-5);
    }

    [TestMethod]
    public void Rows_of_weight_0_do_not_matter()
    {
        Rows rows = Rows.Line(40);
        bool[] counts = [.. Enumerable.Range(0, 40).Select(row => row % 3 != 1)];
        Rows weighted = rows with { Weights = [.. counts.Select(count => count ? 1f : 0)] };
        // The same rows with nonsense where the weight is 0.
        Rows nonsense = weighted with
        {
            Features = [.. rows.Features.Select((features, row) => counts[row] ? features : [100, -100, 1000])],
            Labels = [.. rows.Labels.Select((label, row) => counts[row] ? label : 1e6f)],
        };
        TestRun run = new() { Training = weighted, Body = [new Dense(6, Activation.Tanh)], Options = new() { Epochs = 3, BatchSize = 8, Optimizer = new Adam(0.01f) } };
        TrainingResult expected = run.Train(), actual = (run with { Training = nonsense }).Train();
        WeightAssert.AreEqual(expected.Weights, actual.Weights);
        CollectionAssert.AreEqual(expected.History["loss"].ToArray(), actual.History["loss"].ToArray());
    }

    [TestMethod]
    public void A_row_of_weight_2_is_as_two_rows()
    {
        // Whole-batch steps, so that a row and its copy meet the same weights. The mean is over 12 rows there and over 16
        // here: with the weights' sum in both, the rate makes up for it.
        Rows rows = Rows.Line(12);
        int[] copies = [.. Enumerable.Range(0, 12).Select(row => row < 4 ? 2 : 1)];
        Rows doubled = new(
            [.. rows.Features.SelectMany((features, row) => Enumerable.Repeat(features, copies[row]))],
            [.. rows.Labels.SelectMany((label, row) => Enumerable.Repeat(label, copies[row]))]);
        Rows weighted = rows with { Weights = [.. copies.Select(count => (float)count)] };
        Sequential body = [new Dense(5, Activation.Tanh)];
        TestRun Run(Rows training, float rate) => new()
        {
            Training = training,
            Body = body,
            Options = new() { Epochs = 20, BatchSize = 100, Shuffle = false, Optimizer = new SGD(rate) },
        };
        WeightAssert.AreClose(Run(doubled, 0.16f).Train().Weights, Run(weighted, 0.12f).Train().Weights, 1e-5);
    }

    [TestMethod]
    public void Weights_of_1_are_as_none()
    {
        Rows rows = Rows.Line(30);
        TestRun run = new() { Training = rows, Body = [new Dense(5, Activation.ReLU)], Options = new() { Epochs = 3, BatchSize = 7 } };
        WeightAssert.AreClose(run.Train().Weights, (run with { Training = rows with { Weights = [.. Enumerable.Repeat(1f, 30)] } }).Train().Weights, 1e-6);
    }

    [TestMethod]
    public void Shuffled_epochs_are_new_orders_of_all_rows_that_the_seed_decides()
    {
        List<float[]> Orders(int seed, bool shuffle = true)
        {
            RecordingSource? source = null;
            new TestRun
            {
                Training = Rows.Line(50),
                Seed = seed,
                Options = new() { Epochs = 3, BatchSize = 8, Shuffle = shuffle },
                Around = inner => source = new RecordingSource(inner),
            }.Train();
            return source!.Epochs;
        }

        float[] inOrder = Rows.Line(50).Labels;
        List<float[]> first = Orders(1);
        Assert.HasCount(3, first);
        foreach (float[] epoch in first)
        {
            CollectionAssert.AreNotEqual(inOrder, epoch);
            CollectionAssert.AreEquivalent(inOrder, epoch);
        }

        CollectionAssert.AreNotEqual(first[0], first[1]);
        CollectionAssert.AreNotEqual(first[1], first[2]);
        Assert.IsTrue(first.Zip(Orders(1)).All(pair => pair.First.SequenceEqual(pair.Second)));
        CollectionAssert.AreNotEqual(first[0], Orders(2)[0]);
        Assert.IsTrue(Orders(1, shuffle: false).All(epoch => epoch.SequenceEqual(inOrder)));
    }

    [TestMethod]
    public void Shuffling_is_part_of_the_result()
    {
        TestRun run = Linear(Rows.Line(50), [0, 0, 0], 0, new NeuralNetworkOptions { Epochs = 2, BatchSize = 5, Optimizer = new SGD(0.1f) });
        TrainingResult inOrder = (run with { Options = new() { Epochs = 2, BatchSize = 5, Optimizer = new SGD(0.1f), Shuffle = false } }).Train();
        WeightAssert.AreNotEqual(run.Train().Weights, inOrder.Weights);
    }

    [TestMethod]
    public void Initial_weights_are_taken_over()
    {
        var weights = new NetworkWeights([new("output/kernel", new Shape(3, 1), [1, 2, 3]), new("output/bias", new Shape(1), [4])]);
        // A step so small that nothing changes.
        TestRun run = new() { Training = Rows.Line(8), InitialWeights = weights, Options = new() { Epochs = 1, Optimizer = new SGD(1e-30f) } };
        WeightAssert.AreEqual(weights, run.Train().Weights);
    }

    [TestMethod]
    public void A_continued_run_numbers_its_epochs_on_and_goes_through_the_data_in_the_same_orders()
    {
        // Without memory in the optimizer, two epochs and two more are four to the bit.
        TestRun run = new() { Training = Rows.Line(50), Body = [new Dense(6, Activation.Tanh), new BatchNormalization()], Options = Options(4) };
        TrainingResult whole = run.Train();
        TrainingResult first = (run with { Options = Options(2) }).Train();
        TestRun rest = run with { Options = Options(2), InitialWeights = first.Weights, InitialHistory = first.History };
        TrainingResult second = rest.Train();
        WeightAssert.AreEqual(whole.Weights, second.Weights);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, second.History.Epochs.Select(epoch => epoch.Epoch).ToArray());
        CollectionAssert.AreEqual(whole.History["loss"].ToArray(), second.History["loss"].ToArray());
        Assert.HasCount(2, first.History.Epochs, "the history that it began with stays as it was");

        static NeuralNetworkOptions Options(int epochs) => new() { Epochs = epochs, BatchSize = 8, Optimizer = new SGD(0.05f) };
    }

    [TestMethod]
    public void Each_epoch_logs_a_line()
    {
        TestRun run = new() { Training = Rows.Line(20), Validation = Rows.Line(5, 2), Options = new() { Epochs = 2 } };
        TrainingResult result = run.Train();
        Assert.HasCount(2, run.Log);
        for (int i = 0; i < 2; i++)
        {
            Assert.MatchesRegex(
                $@"^epoch {i + 1}/2 - loss: \d+\.\d{{4}} - mae: \d+\.\d{{4}} - val_loss: \d+\.\d{{4}} - val_mae: \d+\.\d{{4}} - \d+\.\d\d s$", run.Log[i]);
            Assert.AreEqual($"epoch {i + 1}/2 - {result.History.Epochs[i].Describe()}", run.Log[i]);
        }
    }

    [TestMethod]
    public void A_continued_run_logs_its_epochs_by_their_number()
    {
        TestRun first = new() { Training = Rows.Line(20), Options = new() { Epochs = 2 } };
        TrainingResult before = first.Train();
        TestRun second = first with { InitialWeights = before.Weights, InitialHistory = before.History, Options = new() { Epochs = 3 } };
        int logged = second.Log.Count;
        second.Train();
        CollectionAssert.AreEqual(new[] { "epoch 3/5", "epoch 4/5", "epoch 5/5" }, second.Log.Skip(logged).Select(line => line.Split(" - ")[0]).ToArray());
    }

    [TestMethod]
    public void The_learning_rate_is_in_the_history() => Assert.AreEqual(
        0.25f, new TestRun { Training = Rows.Line(8), Options = new() { Epochs = 1, Optimizer = new SGD(0.25f) } }.Train().History.Epochs[0].LearningRate);

    [TestMethod]
    public void A_batch_larger_than_the_data_is_all_of_it()
    {
        TestRun run = new() { Training = Rows.Line(20), Validation = Rows.Line(30, 2), Body = [new Dense(4, Activation.Tanh)], Options = new() { Epochs = 3, BatchSize = 30 } };
        TrainingResult largest = (run with { Options = new() { Epochs = 3, BatchSize = int.MaxValue } }).Train();
        WeightAssert.AreEqual(run.Train().Weights, largest.Weights);
    }

    [TestMethod]
    public void A_network_without_weights_is_refused()
    {
        Rows rows = Rows.Make(8, 1, x => x[0]);
        TestRun run = new() { Training = rows, Body = [new ActivationLayer(Activation.Tanh)], Options = new() { AddOutputLayer = false } };
        Assert.AreEqual(
            "The network has no weights, or all its layers are frozen (Trainable = false), so there is nothing to train.", Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
    }

    [TestMethod]
    public void Training_that_diverges_is_an_error_and_no_model()
    {
        Rows rows = Rows.Line(64);
        foreach (float rate in new[] { 1e30f, 100f })
        {
            TestRun run = new() { Training = rows, Body = [new Dense(8)], Options = new() { Epochs = 50, BatchSize = 8, Optimizer = new SGD(rate) } };
            string message = Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message;
            Assert.MatchesRegex(@"^Training diverged in epoch \d+: the loss is ", message);
            Assert.Contains("Lower the learning rate (it is ", message);
            Assert.Contains("Transforms.NormalizeMeanVariance", message);
        }
    }

    /// <summary>The loss was measured before the step that went too far.</summary>
    [TestMethod]
    public void Weights_that_overflow_in_the_last_step_are_divergence()
    {
        TestRun run = new() { Training = Rows.Line(8), Options = new() { Epochs = 1, BatchSize = 8, Optimizer = new SGD(3e38f) } };
        Rows far = run.Training with { Labels = [.. run.Training.Labels.Select(label => label + 100)] };
        Assert.MatchesRegex(
            @"^Training diverged in epoch 1: the loss is \d+(\.\d+)? and", Assert.ThrowsExactly<InvalidOperationException>(() => (run with { Training = far }).Train()).Message);
    }

    /// <summary>Steps so small that the weights stay finite nevertheless.</summary>
    [TestMethod]
    public void A_loss_that_overflows_is_divergence()
    {
        Rows rows = Rows.Line(8);
        TestRun run = new() { Training = rows with { Labels = [.. rows.Labels.Select(label => label * 1e25f)] }, Options = new() { Epochs = 1, Optimizer = new SGD(1e-30f) } };
        Assert.StartsWith("Training diverged in epoch 1: the loss is Infinity", Culture.Run("en-US", () => Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message));
    }

    /// <summary>Values so large that their squares overflow: the loss stays finite, and only the moving variance does not.</summary>
    [TestMethod]
    public void Running_statistics_that_overflow_are_divergence_too()
    {
        Rows rows = Rows.Line(64);
        Rows huge = rows with { Features = [.. rows.Features.Select(features => features.Select(value => value * 1e30f).ToArray())] };
        TestRun run = new() { Training = huge, Body = [new BatchNormalization()], Options = new() { Epochs = 2 } };
        Assert.StartsWith("Training diverged in epoch 1", Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);
    }

    [TestMethod]
    public void A_source_without_rows_is_refused()
    {
        Rows none = new Rows([], []) with { };
        TestRun run = new() { Training = Rows.Line(4), Around = _ => Empty(none), Options = new() { Epochs = 1 } };
        Assert.AreEqual("The training data has no rows.", Assert.ThrowsExactly<InvalidOperationException>(() => run.Train()).Message);

        static Microsoft.ML.DeepLayers.Data.CachedExamples Empty(Rows _) => new(
            new([new("Features", new Shape(3))], new Microsoft.ML.DeepLayers.Data.LabelColumn("Label", Microsoft.ML.DeepLayers.Data.LabelEncoding.Number, false), null), new Microsoft.ML.DeepLayers.Data.FixedRowStore(4), []);
    }

    [TestMethod]
    public void Options_are_not_changed_and_serve_many_runs()
    {
        var options = new NeuralNetworkOptions
        {
            Epochs = 6,
            BatchSize = 8,
            Optimizer = new Adam(0.05f),
            Callbacks = { new EarlyStopping("loss", patience: 1, minDelta: 0.5f) },
        };
        string before = System.Text.Json.JsonSerializer.Serialize(options, Microsoft.ML.DeepLayers.Persistence.ComponentJson.Options);
        TestRun run = new() { Training = Rows.Line(40), Body = [new Dense(4, Activation.Tanh)], Options = options };
        TrainingResult first = run.Train(), second = run.Train();
        WeightAssert.AreEqual(first.Weights, second.Weights);
        Assert.AreEqual(first.History.BestEpoch, second.History.BestEpoch);
        CollectionAssert.AreEqual(first.History["loss"].ToArray(), second.History["loss"].ToArray());
        Assert.AreEqual(before, System.Text.Json.JsonSerializer.Serialize(options, Microsoft.ML.DeepLayers.Persistence.ComponentJson.Options));
    }

    private static TestRun Linear(Rows rows, float[] kernel, float bias, NeuralNetworkOptions options)
    {
        var weights = new NetworkWeights([new("output/kernel", new Shape(kernel.Length, 1), kernel), new("output/bias", new Shape(1), [bias])]);
        return new TestRun { Head = new RegressionHead(), Training = rows, InitialWeights = weights, Options = options };
    }

    private static void AssertWeights(double[] expected, TrainingResult result, double tolerance)
    {
        double[] actual = [.. result.Weights["output/kernel"].Values.ToArray().Concat(result.Weights["output/bias"].Values.ToArray()).Select(value => (double)value)];
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance, $"weight {i}");
        }
    }
}
