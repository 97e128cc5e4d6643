using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Every trainer, with real training, keeps what ML.NET expects of an estimator.</summary>
[TestClass]
public sealed class TrainerConformanceTests
{
    [TestMethod]
    [DataRow("binary")]
    [DataRow("multiclass")]
    [DataRow("regression")]
    public void Trainer_keeps_the_contract_of_an_estimator(string task)
    {
        var ml = new MLContext(seed: 1);
        IDataView valid = TrainerData.View(ml, 70);
        IDataView withoutFeatures = ml.Transforms.DropColumns("Features").Fit(valid).Transform(valid);
        IDataView textFeatures = ml.Transforms.CopyColumns("Features", "Class").Fit(withoutFeatures).Transform(withoutFeatures);
        EstimatorConformance.Check(ml, TrainerPipelines.ForTask(ml, task, epochs: 2), valid, withoutFeatures, textFeatures);
    }

    [TestMethod]
    public void Networks_with_all_options_set_keep_the_contract()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 3);
        options.ExampleWeightColumnName = "Weight";
        options.ValidationFraction = 0.2f;
        options.Callbacks.Add(new EarlyStopping(patience: 1));
        options.MissingValues = MissingValues.Skip;
        options.AddOutputLayer = false;
        var network = new Sequential { new Input(2, 2), new LSTM(4), new BatchNormalization(), new Dense(1) };
        EstimatorConformance.Check(ml, ml.Regression.Trainers.NeuralNetwork(network, options), TrainerData.View(ml, 70));
    }

    [TestMethod]
    public void An_own_softmax_layer_scores_probabilities_once()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions options = TrainerPipelines.Options("Label", epochs: 10);
        options.AddOutputLayer = false;
        IDataView data = TrainerData.View(ml);
        ITransformer own = ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(
                new Sequential { new Dense(16, Activation.ReLU), new Dense(3, Activation.Softmax) }, options))
            .Fit(data);
        float[][] scores = TrainerPipelines.Scores(ml, own, data);
        foreach (float[] row in scores)
        {
            Assert.AreEqual(1f, row.Sum(), 1e-5f);
        }

        // Softmax over softmax could never come near certainty: with three classes at most e / (e + 2) = 0.58.
        Assert.IsGreaterThan(0.9f, scores.Max(row => row.Max()));
    }

    [TestMethod]
    public void A_body_that_looks_like_it_has_its_output_layer_is_warned_about()
    {
        var ml = new MLContext(seed: 1);
        var messages = new List<string>();
        ml.Log += (_, message) => messages.Add(message.RawMessage);
        ml.BinaryClassification.Trainers.NeuralNetwork(
            new Sequential { new Dense(4, Activation.ReLU), new Dense(1, Activation.Sigmoid) }, TrainerPipelines.Options("Flag", epochs: 1)).Fit(TrainerData.View(ml, 64));
        Assert.HasCount(1, messages.Where(message => message.Contains("AddOutputLayer = false", StringComparison.Ordinal)));
        Assert.HasCount(1, messages.Where(message => message.StartsWith("training 27 parameters on cpu with 64 examples in batches of 32", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void A_layer_that_cannot_be_exported_says_so_before_training()
    {
        var ml = new MLContext(seed: 1);
        var messages = new List<string>();
        ml.Log += (_, message) => messages.Add(message.RawMessage);
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(new Sequential { new TrainingOnlyLayer() }, TrainerPipelines.Options("Number", epochs: 1));
        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(() => trainer.Fit(TrainerData.View(ml, 64)));
        Assert.AreEqual("no ONNX for this", exception.Message);
        Assert.IsFalse(messages.Exists(message => message.StartsWith("epoch", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow(1L << 30, "Skipped 2 of 64 rows with missing values.")]
    [DataRow(800L, "Skipped 2 rows with missing values in every epoch.")]
    public void Skipped_rows_are_counted_in_the_log_whether_cached_or_streamed(long cacheBytes, string expected)
    {
        var ml = new MLContext(seed: 1);
        var messages = new List<string>();
        ml.Log += (_, message) => messages.Add(message.RawMessage);
        TrainerData.Row[] rows = TrainerData.Rows(64);
        rows[5].Features[1] = float.NaN;
        rows[40].Number = float.PositiveInfinity;
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 2);
        options.MissingValues = MissingValues.Skip;
        options.CacheBytes = cacheBytes;
        ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(ml.Data.LoadFromEnumerable(rows));
        Assert.HasCount(1, messages.Where(message => message == expected));
    }

    [TestMethod]
    public void Indices_outside_an_embedding_are_named_in_training_and_in_scoring()
    {
        var ml = new MLContext(seed: 1);
        IDataView good = Tokens(ml, 1, 2, 3, 0);
        IDataView bad = Tokens(ml, 1, 2, 9, 0);
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(
            new Sequential { new Reshape(2, 2), new Embedding(4, 3), new Flatten() }, labelColumnName: "Number", epochs: 1);
        InvalidOperationException inTraining = Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(bad));
        Assert.Contains("'Features'", inTraining.Message);
        Assert.Contains("row 0 has 9", inTraining.Message);
        InvalidOperationException inScoring = Assert.ThrowsExactly<InvalidOperationException>(() => TrainerPipelines.Scores(ml, trainer.Fit(good), bad));
        Assert.Contains("9", inScoring.Message);
        Assert.Contains("'Features'", inScoring.Message);
    }

    [TestMethod]
    public void Indices_are_checked_wherever_the_embedding_stands()
    {
        var ml = new MLContext(seed: 1);
        (IDataView good, IDataView bad) = (Tokens(ml, 1, 2, 3, 0), Tokens(ml, 1, 2, 9, 0));
        var column = new Input(4);
        Network[] networks =
        [
            new Sequential { new TokenAndPositionEmbedding(4, 4, 3), new Flatten() },
            new Sequential { new Reshape(2, 2), new TimeDistributed(new Embedding(4, 3)), new Flatten() },
            new Sequential { new Identity(), new Sequential { new Input(4), new Embedding(4, 3) }, new Flatten() },
            new Sequential { new Sequential { new Embedding(4, 3) }, new Flatten() },
            new(column, new Flatten().Apply(new Sequential { new Embedding(4, 3) }.Apply(column))),
        ];
        foreach (Network network in networks)
        {
            NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(network, labelColumnName: "Number", epochs: 1);
            foreach (Action use in new Action[] { () => trainer.Fit(bad), () => TrainerPipelines.Scores(ml, trainer.Fit(good), bad) })
            {
                StringAssert.Contains(
                    Assert.ThrowsExactly<InvalidOperationException>(use).Message,
                    "'Features' feeds an Embedding with inputDim 4, so its values must be whole numbers from 0 to 3, but row 0 has 9");
            }
        }
    }

    [TestMethod]
    public void Keys_feed_an_embedding()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 30);
        options.FeatureColumnName = "Word";
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Word", "Class")
            .Append(ml.Regression.Trainers.NeuralNetwork(new Sequential { new Embedding(4, 2), new Flatten() }, options))
            .Fit(data);
        // The class says in which third the number lies, no more.
        Assert.IsGreaterThan(0.7, ml.Regression.Evaluate(model.Transform(data), "Number").RSquared);
    }

    private sealed record TrainingOnlyLayer : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => input;

        public override TensorFunction Build(LayerBuilder builder, Shape input) => (x, _) => x;

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException("no ONNX for this");
    }

    private static IDataView Tokens(MLContext ml, params float[] tokens) =>
        ml.Data.LoadFromEnumerable([new TrainerData.Row { Features = tokens, Number = 1 }, new TrainerData.Row { Features = [0, 1, 2, 3], Number = 2 }]);
}
