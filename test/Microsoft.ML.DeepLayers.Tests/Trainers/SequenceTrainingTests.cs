using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Sequences of different lengths from column to prediction: trained, saved, loaded, scored in batches and alone.</summary>
[TestClass]
public sealed class SequenceTrainingTests
{
    private static readonly MLContext Ml = new(seed: 1);

    /// <summary>Networks that use the mask: their predictions must not depend on who shares a batch.</summary>
    public static IEnumerable<(string Name, Func<Network> Create)> Networks =>
    [
        ("LSTM", () => new Sequential { new Input(Shape.Variable, 2), new LSTM(8) }),
        ("stacked, both directions", () => new Sequential { new Input(Shape.Variable, 2), new Bidirectional(new GRU(6, returnSequences: true)), new SimpleRNN(6) }),
        ("dense, averaged", () => new Sequential { new Input(Shape.Variable, 2), new Dense(16, Activation.ReLU), new Dropout(0.1f), new GlobalAveragePooling1D() }),
        ("attention", () => new Sequential { new Input(Shape.Variable, 2), new Dense(8), new TransformerEncoder(16, numHeads: 2), new GlobalAveragePooling1D() }),
    ];

    [TestMethod]
    [DynamicData(nameof(Networks))]
    public void The_sum_over_steps_is_learned_and_rows_do_not_see_their_neighbours(string name, Func<Network> create)
    {
        IDataView data = Ml.Data.LoadFromEnumerable(Rows(300, seed: 1));
        var trainer = Ml.Regression.Trainers.NeuralNetwork(create(), new NeuralNetworkOptions
        {
            FeatureColumnName = "Steps",
            LabelColumnName = "Mean",
            Epochs = 25,
            Optimizer = new Adam(0.01f),
            Seed = 1,
            BatchSize = 16,
        });
        NeuralNetworkTransformer model = trainer.Fit(data);
        Row[] test = Rows(100, seed: 2);
        Assert.IsGreaterThan(0.8, Ml.Regression.Evaluate(model.Transform(Ml.Data.LoadFromEnumerable(test)), "Mean").RSquared, name);

        float[] together = Scores(model, test);
        using PredictionEngine<Row, Prediction> engine = Ml.Model.CreatePredictionEngine<Row, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < test.Length; i++)
        {
            Assert.AreEqual(engine.Predict(test[i]).Score, together[i], 1e-5f, $"{name}, row {i} of {test[i].Steps.Length / 2} steps");
        }

        ITransformer loaded = EstimatorConformance.SaveAndLoad(Ml, model, data.Schema, out _);
        CollectionAssert.AreEqual(together, Scores(loaded, test), name);
    }

    [TestMethod]
    public void An_estimator_over_sequences_keeps_its_promises()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(Rows(40, seed: 1));
        EstimatorConformance.Check(
            Ml, Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Input(Shape.Variable, 2), new GRU(3) }, "Mean", "Steps", epochs: 1), data);
    }

    /// <summary>Words as keys, of which a text has as many as it has; 0 is masked.</summary>
    [TestMethod]
    public void Texts_of_any_length_are_classified()
    {
        var random = new Random(1);
        string[] good = ["good", "fine", "great"], bad = ["bad", "poor", "awful"], filler = ["the", "a", "film", "was", "with", "and"];
        Text[] texts = [.. Enumerable.Range(0, 400).Select(i =>
        {
            string[] words = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => filler[random.Next(filler.Length)])];
            words[random.Next(words.Length)] = (i % 2 == 0 ? good : bad)[random.Next(3)];
            return new Text { Words = string.Join(' ', words), Flag = i % 2 == 0 };
        })];
        IDataView data = Ml.Data.LoadFromEnumerable(texts[..300]);
        var network = new Sequential { new Input(Shape.Variable), new Embedding(16, 8, maskZero: true), new LSTM(8) };
        var pipeline = Ml.Transforms.Text.TokenizeIntoWords("Tokens", "Words")
            .Append(Ml.Transforms.Conversion.MapValueToKey("Keys", "Tokens"))
            .Append(Ml.BinaryClassification.Trainers.NeuralNetwork(network, "Flag", "Keys", epochs: 12, learningRate: 0.02f));
        ITransformer model = pipeline.Fit(data);
        IDataView scored = model.Transform(Ml.Data.LoadFromEnumerable(texts[300..]));
        Assert.IsGreaterThan(0.95, Ml.BinaryClassification.Evaluate(scored, "Flag").Accuracy);
    }

    [TestMethod]
    public void Streamed_sequences_give_the_same_figures_as_cached_ones()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(Rows(100, seed: 1));
        NeuralNetworkTransformer Fit(long cacheBytes) => Ml.Regression.Trainers.NeuralNetwork(
            new Sequential { new Input(Shape.Variable, 2), new GRU(4) }, new NeuralNetworkOptions
            {
                FeatureColumnName = "Steps",
                LabelColumnName = "Mean",
                Epochs = 2,
                Seed = 1,
                Shuffle = false,
                CacheBytes = cacheBytes,
            }).Fit(data);
        CollectionAssert.AreEqual(Scores(Fit(1 << 20), Rows(20, seed: 2)), Scores(Fit(100), Rows(20, seed: 2)));
    }

    [TestMethod]
    public void Without_a_stated_variable_length_the_error_says_how()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(Rows(10, seed: 1));
        var error = Assert.ThrowsExactly<ArgumentException>(() => Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, "Mean", "Steps").Fit(data));
        StringAssert.Contains(error.Message, "new Input(Shape.Variable)");
        var needsLength = Assert.ThrowsExactly<LayerShapeException>(() => Ml.Regression.Trainers.NeuralNetwork(
            new Sequential { new Input(Shape.Variable, 2), new Flatten() }, "Mean", "Steps").Fit(data));
        StringAssert.Contains(needsLength.Message, "Flatten 'flatten' expects inputs of a known number of steps");
        var halves = Assert.ThrowsExactly<InvalidOperationException>(() => Ml.Regression.Trainers.NeuralNetwork(
            new Sequential { new Input(Shape.Variable, 4), new GRU(2) }, "Mean", "Steps").Fit(data));
        StringAssert.Contains(halves.Message, "which are no whole steps of shape [None, 4]");
    }

    private static float[] Scores(ITransformer model, Row[] rows) =>
        [.. Ml.Data.CreateEnumerable<Prediction>(model.Transform(Ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false).Select(row => row.Score)];

    /// <summary>From 1 to 9 steps of two numbers; the mean over all steps of the first one, whatever the second.</summary>
    private static Row[] Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            float level = (float)((2 * random.NextDouble()) - 1);
            float[] steps = [.. Enumerable.Range(0, random.Next(1, 10)).SelectMany(_ => new[] { level + (0.2f * random.NextSingle()), random.NextSingle() - 0.5f })];
            return new Row { Steps = steps, Mean = steps.Where((_, i) => i % 2 == 0).Average() };
        })];
    }

    private sealed class Row
    {
        public float[] Steps { get; set; } = [];

        public float Mean { get; set; }
    }

    private sealed class Text
    {
        public string Words { get; set; } = "";

        public bool Flag { get; set; }
    }

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
