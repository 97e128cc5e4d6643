using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What every optimizer can do besides its rule, and layers that learn slower or not at all.</summary>
[TestClass]
public sealed class OptimizerBaseTests
{
    private static readonly int[][] Shapes = [[3, 1], [1]];
    private static readonly double[] Start = [0.3f, -0.2f, 0.1f, 0.5];

    public static IEnumerable<Optimizer[]> Rules =>
    [
        [new SGD(0.1f) { WeightDecay = 0.2f }],
        [new SGD(0.1f) { WeightDecay = 0.2f, ExcludeBiasAndNormFromWeightDecay = true }],
        [new Adam(0.05f) { WeightDecay = 0.2f }],
        [new AdamW(0.05f, 0.3f) { ExcludeBiasAndNormFromWeightDecay = true }],
        [new SGD(0.1f) { ClipValue = 0.3f }],
        [new SGD(0.1f) { ClipNorm = 0.3f }],
        [new SGD(0.1f) { GlobalClipNorm = 0.3f }],
        [new SGD(0.1f) { ClipValue = 0.5f, ClipNorm = 0.4f, GlobalClipNorm = 0.3f, WeightDecay = 0.1f }],
        [new Adafactor(0.1f) { WeightDecay = 0.1f }],
        [new Lamb(0.1f) { ClipNorm = 0.3f }],
    ];

    [TestMethod]
    [DynamicData(nameof(Rules))]
    public void Decay_and_clipping_are_as_written_out_in_plain_Csharp(Optimizer optimizer)
    {
        Rows rows = Rows.Line(23);
        TrainingResult result = Linear(rows, optimizer, batchSize: 5, epochs: 3).Train();
        int[] order = [.. Enumerable.Range(0, 23)];
        (double[] weights, double[] losses) = LinearModel.Train(rows, Start, optimizer, 5, [order, order, order], Shapes);
        AssertWeights(weights, result.Weights);
        Assert.AreEqual(losses[^1], result.History["loss"][^1], 1e-5);
    }

    /// <summary>Each setting changes something here, or the test above would prove nothing.</summary>
    [TestMethod]
    [DynamicData(nameof(Rules))]
    public void Decay_and_clipping_matter_in_these_tests(Optimizer optimizer)
    {
        Optimizer bare = optimizer with { WeightDecay = 0, ClipValue = null, ClipNorm = null, GlobalClipNorm = null };
        WeightAssert.AreNotEqual(Linear(Rows.Line(23), bare).Train().Weights, Linear(Rows.Line(23), optimizer).Train().Weights);
    }

    [TestMethod]
    public void Gradients_of_several_batches_make_the_step_of_one_large_batch()
    {
        Rows rows = Rows.Line(23);
        foreach (Optimizer optimizer in new Optimizer[] { new SGD(0.1f, 0.9f), new Adam(0.05f), new Lamb(0.1f) })
        {
            // The last step of an epoch is made of what is left: 3 examples.
            NetworkWeights large = Linear(rows, optimizer, batchSize: 20, epochs: 3).Train().Weights;
            NetworkWeights small = Linear(rows, optimizer with { GradientAccumulationSteps = 4 }, batchSize: 5, epochs: 3).Train().Weights;
            WeightAssert.AreClose(large, small, 1e-6);
        }
    }

    [TestMethod]
    public void What_is_left_at_the_end_of_an_epoch_makes_a_step_of_the_mean_of_its_batches()
    {
        Rows rows = Rows.Line(13);
        double[] Gradient(int[] batch)
        {
            double[] gradient = new double[4];
            foreach (int row in batch)
            {
                double error = LinearModel.Predict(Start, rows.Features[row]) - rows.Labels[row];
                for (int i = 0; i < 4; i++)
                {
                    gradient[i] += 2 * error * (i < 3 ? rows.Features[row][i] : 1) / batch.Length;
                }
            }

            return gradient;
        }

        double[][] batches = [.. Enumerable.Range(0, 13).Chunk(5).Select(Gradient)];
        double[] expected = [.. Start.Select((weight, i) => weight - (0.1 * batches.Average(gradient => gradient[i])))];
        AssertWeights(expected, Linear(rows, new SGD(0.1f) { GradientAccumulationSteps = 4 }, batchSize: 5).Train().Weights);
    }

    [TestMethod]
    public void Validation_and_the_model_use_the_moving_average_while_training_goes_on_with_the_weights_themselves()
    {
        const float momentum = 0.75f;
        Rows rows = Rows.Line(20), validation = Rows.Line(9, seed: 2);
        TestRun run = Linear(rows, new SGD(0.1f) { EmaMomentum = momentum }, batchSize: 5, epochs: 3) with { Validation = validation };
        TrainingResult result = run.Train();
        double[]? average = null;
        double[] weights = Start;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            double loss = 0;
            foreach (int[] batch in Enumerable.Range(0, 20).Chunk(5))
            {
                (weights, double[] losses) = LinearModel.Train(rows, weights, new SGD(0.1f), 5, [batch]);
                loss += losses[0] / 4;
                average = average is null ? weights : [.. average.Select((mean, i) => (momentum * mean) + ((1 - momentum) * weights[i]))];
            }

            Assert.AreEqual(loss, result.History["loss"][epoch], 1e-5);
            double error = validation.Features.Zip(validation.Labels, (features, label) => Math.Pow(LinearModel.Predict(average!, features) - label, 2)).Average();
            Assert.AreEqual(error, result.History["val_loss"][epoch], 1e-5);
        }

        AssertWeights(average!, result.Weights);
    }

    public static IEnumerable<object[]> FrozenLayers =>
    [
        ["dense", new Dense(4)],
        ["batch_normalization", new BatchNormalization()],
        ["steps", new TimeDistributed(new Dense(4))],
        ["steps of statistics", new TimeDistributed(new BatchNormalization())],
        ["lstm", new LSTM(4, returnSequences: true)],
        ["both ways", new Bidirectional(new LSTM(4, returnSequences: true))],
        ["nested", new NetworkLayer(new Sequential { new Dense(4), new BatchNormalization() })],
    ];

    [TestMethod]
    [DynamicData(nameof(FrozenLayers))]
    public void Frozen_layers_stay_as_they_are_to_the_bit(string name, Layer layer)
    {
        TestRun Run(bool trainable, int epochs) => new()
        {
            Body = [new Reshape(3, 2), layer with { Trainable = trainable, Name = "it" }, new Flatten(), new Dense(3)],
            Training = Rows.Make(24, 6, x => x[0] - x[1]),
            Options = new NeuralNetworkOptions { Optimizer = new AdamW(0.05f, 0.1f), Epochs = epochs, BatchSize = 8 },
        };
        NetworkWeights start = Started(Run(true, 1));
        NetworkWeights frozen = Run(false, 2).Train().Weights;
        NetworkWeights trained = Run(true, 2).Train().Weights;
        string[] names = [.. start.Names.Where(weight => weight.StartsWith("it/", StringComparison.Ordinal))];
        Assert.AreNotEqual(0, names.Length, name);
        foreach (string weight in names)
        {
            CollectionAssert.AreEqual(start[weight].Values.ToArray(), frozen[weight].Values.ToArray(), weight);
            CollectionAssert.AreNotEqual(start[weight].Values.ToArray(), trained[weight].Values.ToArray(), weight);
        }

        Assert.IsFalse(start["dense/kernel"].Values.Span.SequenceEqual(frozen["dense/kernel"].Values.Span));
    }

    [TestMethod]
    public void A_layers_steps_are_as_many_times_as_large_as_its_factor_says()
    {
        foreach (Optimizer optimizer in new Optimizer[] { new SGD(0.1f), new Adam(0.1f), new Adafactor(0.1f), new Lamb(0.1f), new Lion(0.1f) { WeightDecay = 0.1f } })
        {
            TestRun Run(float factor) => new()
            {
                Body = [new Dense(3, Activation.Tanh) { LearningRateFactor = factor, Name = "it" }],
                Training = Rows.Line(8),
                Options = new NeuralNetworkOptions { Optimizer = optimizer, Epochs = 1, BatchSize = 8, Shuffle = false },
            };
            NetworkWeights start = Started(Run(1)), one = Run(1).Train().Weights, half = Run(0.5f).Train().Weights;
            foreach (WeightTensor weight in start)
            {
                double factor = weight.Name.StartsWith("it/", StringComparison.Ordinal) ? 0.5 : 1;
                for (int i = 0; i < weight.Values.Length; i++)
                {
                    double expected = factor == 1 ? one[weight.Name].Values.Span[i] : weight.Values.Span[i] + (factor * (one[weight.Name].Values.Span[i] - (double)weight.Values.Span[i]));
                    Assert.AreEqual(expected, half[weight.Name].Values.Span[i], factor == 1 && optimizer.WeightDecay == 0 ? 0 : 3e-7, $"{optimizer}: {weight.Name}");
                }
            }
        }
    }

    [TestMethod]
    public void What_every_optimizer_can_do_stands_in_JSON_and_reads_back()
    {
        Optimizer optimizer = new SGD(0.25f, 0.5f)
        {
            WeightDecay = 0.125f,
            ExcludeBiasAndNormFromWeightDecay = true,
            ClipValue = 1,
            ClipNorm = 2,
            GlobalClipNorm = 3,
            GradientAccumulationSteps = 4,
            EmaMomentum = 0.75f,
        };
        string json = JsonSerializer.Serialize(optimizer, ComponentJson.Options);
        Assert.AreEqual(optimizer, JsonSerializer.Deserialize<Optimizer>(json, ComponentJson.Options), json);
        StringAssert.Contains(json, "\"gradientAccumulationSteps\": 4");
        StringAssert.Contains(json, "\"learningRate\": 0.25");
        Layer layer = new Dense(3) { Trainable = false, LearningRateFactor = 0.5f };
        json = JsonSerializer.Serialize(layer, ComponentJson.Options);
        Assert.AreEqual(layer, JsonSerializer.Deserialize<Layer>(json, ComponentJson.Options), json);
        StringAssert.Contains(json, "\"trainable\": false");
        Assert.AreEqual("\"Adam\"", JsonSerializer.Serialize<Optimizer>(new Adam(), ComponentJson.Options));
    }

    [TestMethod]
    public void A_constant_rate_is_a_number_in_JSON_and_must_be_one_that_can_be_learned_with()
    {
        Assert.AreEqual("0.5", JsonSerializer.Serialize<LearningRateSchedule>(0.5f, ComponentJson.Options));
        Assert.AreEqual(0.5f, JsonSerializer.Deserialize<LearningRateSchedule>("0.5", ComponentJson.Options));
        JsonException error = Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<Optimizer>("""{ "type": "Adam", "learningRate": -1 }""", ComponentJson.Options));
        StringAssert.Contains(error.Message, "The learning rate must be above 0.");
    }

    /// <summary>The weights that a run begins with.</summary>
    private static NetworkWeights Started(TestRun run)
    {
        var keeper = new WeightKeeper();
        run.Options.Callbacks.Add(keeper);
        run.Train();
        run.Options.Callbacks.Remove(keeper);
        return keeper.Kept!;
    }

    private static TestRun Linear(Rows rows, Optimizer optimizer, int batchSize = 5, int epochs = 1) => new()
    {
        Head = new RegressionHead(),
        Training = rows,
        InitialWeights = new NetworkWeights([new("output/kernel", new Shape(3, 1), [0.3f, -0.2f, 0.1f]), new("output/bias", new Shape(1), [0.5f])]),
        Options = new NeuralNetworkOptions { Optimizer = optimizer, Epochs = epochs, BatchSize = batchSize, Shuffle = false },
    };

    private static void AssertWeights(double[] expected, NetworkWeights actual)
    {
        float[] values = [.. actual["output/kernel"].Values.ToArray(), .. actual["output/bias"].Values.ToArray()];
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], values[i], 1e-5, $"weight {i}");
        }
    }

    /// <summary>Takes a copy of the weights before the first epoch.</summary>
    private sealed record WeightKeeper : Callback
    {
        internal NetworkWeights? Kept { get; private set; }

        public override CallbackRun Begin(TrainingRun training) => new Run(this, training);

        private sealed class Run(WeightKeeper keeper, TrainingRun training) : CallbackRun
        {
            public override void OnEpochBegin(int epoch) => keeper.Kept ??= training.GetWeights();
        }
    }
}
