using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Layers that learn from the data do so before the first epoch.</summary>
[TestClass]
public sealed class AdaptationTests
{
    private static readonly NeuralNetworkOptions Brief = new() { Epochs = 1, BatchSize = 7, Optimizer = new SGD(1e-3f) };

    [TestMethod]
    public void Mean_and_variance_are_those_of_all_training_examples()
    {
        Rows rows = Rows.Line(50);
        TrainingResult result = new TestRun { Training = rows, Validation = Rows.Line(9, seed: 3), Body = [new Normalization()], Options = Brief }.Train();
        for (int i = 0; i < 3; i++)
        {
            double mean = rows.Features.Average(features => features[i]);
            Assert.AreEqual(mean, result.Weights["normalization/mean"].Values.Span[i], 1e-6);
            Assert.AreEqual(rows.Features.Average(features => Math.Pow(features[i] - mean, 2)), result.Weights["normalization/variance"].Values.Span[i], 1e-6);
        }
    }

    [TestMethod]
    public void Each_layer_sees_what_arrives_at_its_place()
    {
        Rows rows = Rows.Line(50);
        TestRun run = new() { Training = rows, Body = [new Rescaling(3, 10), new Normalization(), new Dropout(0.5f), new Normalization()], Options = Brief };
        NetworkWeights weights = run.Train().Weights;
        double mean = rows.Features.Average(features => (3 * features[1]) + 10);
        Assert.AreEqual(mean, weights["normalization/mean"].Values.Span[1], 1e-5);
        // Behind the first, means are 0 and variances 1; dropout does nothing outside training.
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(0, weights["normalization_1/mean"].Values.Span[i], 1e-5);
            Assert.AreEqual(1, weights["normalization_1/variance"].Values.Span[i], 1e-5);
        }

        Assert.AreEqual("adapting normalization to the training data", run.Log[0]);
        Assert.AreEqual("adapting normalization_1 to the training data", run.Log[1]);
    }

    [TestMethod]
    public void One_pass_for_each_layer_behind_another_and_none_without_such_layers()
    {
        Assert.AreEqual(3, Passes(new Dense(4)));
        Assert.AreEqual(3, Passes(new Normalization(mean: [0], variance: [1])));
        Assert.AreEqual(4, Passes(new Normalization()));
        Assert.AreEqual(5, Passes(new Normalization(), new Normalization()));

        static int Passes(params Layer[] layers)
        {
            RecordingSource? source = null;
            new TestRun { Training = Rows.Line(20), Body = new Sequential(layers), Options = new() { Epochs = 3 }, Around = inner => source = new RecordingSource(inner) }.Train();
            return source!.Epochs.Count;
        }
    }

    [TestMethod]
    public void The_data_passes_in_its_own_order_and_the_epochs_are_as_without()
    {
        List<float[]> Orders(Layer layer)
        {
            RecordingSource? source = null;
            new TestRun { Training = Rows.Line(30), Body = [layer], Options = new() { Epochs = 2 }, Around = inner => source = new RecordingSource(inner) }.Train();
            return source!.Epochs;
        }

        List<float[]> adapted = Orders(new Normalization()), plain = Orders(new Dense(3));
        CollectionAssert.AreEqual(Rows.Line(30).Labels, adapted[0]);
        CollectionAssert.AreEqual(plain[0], adapted[1]);
        CollectionAssert.AreEqual(plain[1], adapted[2]);
    }

    [TestMethod]
    public void A_continued_run_keeps_what_was_learned()
    {
        TestRun first = new() { Training = Rows.Line(50), Body = [new Normalization(), new Dense(3)], Options = Brief };
        TrainingResult before = first.Train();
        TestRun other = first with { Training = Rows.Make(50, 3, _ => 100, seed: 7) };
        CollectionAssert.AreNotEqual(before.Weights["normalization/mean"].Values.ToArray(), other.Train().Weights["normalization/mean"].Values.ToArray(), "Other data, other means.");
        TrainingResult after = (other with { InitialWeights = before.Weights, InitialHistory = before.History }).Train();
        CollectionAssert.AreEqual(before.Weights["normalization/mean"].Values.ToArray(), after.Weights["normalization/mean"].Values.ToArray());
        CollectionAssert.AreEqual(before.Weights["normalization/variance"].Values.ToArray(), after.Weights["normalization/variance"].Values.ToArray());
        CollectionAssert.AreNotEqual(before.Weights["dense/kernel"].Values.ToArray(), after.Weights["dense/kernel"].Values.ToArray());
    }

    [TestMethod]
    public void Adapting_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        int batches = 0;
        TestRun run = new()
        {
            Training = Rows.Line(100),
            Body = [new Normalization()],
            Options = new() { BatchSize = 5, CancellationToken = cancellation.Token },
            CheckAlive = () =>
            {
                if (++batches == 3)
                {
                    cancellation.Cancel();
                }

                cancellation.Token.ThrowIfCancellationRequested();
            },
        };
        Assert.Throws<OperationCanceledException>(() => run.Train());
        Assert.AreEqual(3, batches);
    }

    [TestMethod]
    public void Streamed_data_gives_the_same_and_scoring_uses_it_after_saving_and_loading()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        TrainerData.Row[] rows = [.. Enumerable.Range(0, 300).Select(row => new TrainerData.Row
        {
            Features = [1000 + (row * row % 97), (row % 7) * 1e-3f, row, -row],
            Number = row % 5,
        })];
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        NeuralNetworkTransformer[] models = [.. new[] { 1L << 20, 512L }.Select(bytes => ml.Regression.Trainers.NeuralNetwork(
            new Sequential { new Normalization(), new Dense(4, Activation.Tanh) },
            new NeuralNetworkOptions { LabelColumnName = "Number", Epochs = 1, CacheBytes = bytes, Device = Device.Cpu, Optimizer = new SGD(1e-6f) }).Fit(data))];
        foreach (NeuralNetworkTransformer model in models)
        {
            NetworkWeights weights = OnnxWeights.Read(model.Model.Trained.Onnx);
            for (int i = 0; i < 4; i++)
            {
                double mean = rows.Average(row => (double)row.Features[i]);
                double variance = rows.Average(row => Math.Pow(row.Features[i] - mean, 2));
                Assert.AreEqual(mean, weights["normalization/mean"].Values.Span[i], Math.Abs(mean) * 1e-6);
                Assert.AreEqual(variance, weights["normalization/variance"].Values.Span[i], variance * 1e-5);
            }
        }

        ml.Model.Save(models[0], data.Schema, folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(folder["model.zip"], out _);
        float[] scores = [.. TrainerPipelines.Scores(ml, loaded, data).Select(score => score[0])];
        CollectionAssert.AreEqual(TrainerPipelines.Scores(ml, models[0], data).Select(score => score[0]).ToArray(), scores);
        Assert.IsGreaterThan(50, scores.Distinct().Count(), "Without the means, tanh is 1 or -1 everywhere.");
    }

    [TestMethod]
    public void With_it_wild_scales_are_learned_that_fail_without()
    {
        var ml = new MLContext(seed: 1);
        TrainerData.Row[] rows = TrainerData.Rows();
        foreach (TrainerData.Row row in rows)
        {
            row.Features = [1e6f + (1e4f * row.Features[0]), 1e-4f * row.Features[1], 50 * row.Features[2], row.Features[3]];
        }

        IDataView data = ml.Data.LoadFromEnumerable(rows);
        double RSquared(params Layer[] first)
        {
            NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 30);
            ITransformer model = ml.Regression.Trainers.NeuralNetwork(new Sequential([.. first, new Dense(16, Activation.ReLU)]), options).Fit(data);
            return ml.Regression.Evaluate(model.Transform(data), labelColumnName: "Number").RSquared;
        }

        Assert.IsGreaterThan(0.97, RSquared(new Normalization()));
        Assert.IsLessThan(0.5, RSquared());
    }

    [TestMethod]
    public void A_learned_vocabulary_and_bins_train_and_score()
    {
        // The label hangs on which of a few large numbers the feature is: nothing that a line could follow.
        int[] codes = [70_000, 3, 90_001, 512];
        float[] labels = [1, -2, 0.5f, 3];
        Rows rows = new([.. Enumerable.Range(0, 80).Select(i => new[] { (float)codes[i % 4] })], [.. Enumerable.Range(0, 80).Select(i => labels[i % 4])]);
        var options = new NeuralNetworkOptions { Epochs = 60, BatchSize = 16, Optimizer = new Adam(0.1f) };
        TrainingResult lookup = new TestRun { Training = rows, Body = [new IntegerLookup(maxTokens: 6, outputMode: OutputMode.MultiHot)], Options = options }.Train();
        CollectionAssert.AreEqual(new float[] { 90_001, 70_000, 512, 3, float.MinValue }, lookup.Weights["integer_lookup/vocabulary"].Values.ToArray());
        Assert.IsLessThan(1e-3, lookup.History["loss"][^1]);
        // Keras's boundaries are values of the data, and those belong to the bin above: four values want a fifth bin, below them.
        TrainingResult bins = new TestRun { Training = rows, Body = [new Discretization(numBins: 5, outputMode: OutputMode.OneHot)], Options = options }.Train();
        Assert.IsLessThan(1e-3, bins.History["loss"][^1]);
    }
}
