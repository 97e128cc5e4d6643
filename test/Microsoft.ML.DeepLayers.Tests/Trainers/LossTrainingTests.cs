using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Tests.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Losses other than the tasks' own, from the data to the scores of a model that was saved and loaded.</summary>
[TestClass]
public sealed class LossTrainingTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Vector_labels_with_a_binary_crossentropy_give_probabilities()
    {
        IDataView data = View(400, random =>
        {
            float[] x = Uniform(random, 3);
            return new Three { Features = x, Label = [x[0] > 0 ? 1 : 0, x[1] > 0 ? 1 : 0, x[0] + x[2] > 0 ? 1 : 0] };
        });
        NeuralNetworkTransformer model = Train(new Sequential { new Dense(16, Activation.Tanh) }, new BinaryCrossentropy(), data, 30);
        Assert.IsTrue(ReloadedScores(model, data).All(row => row.Length == 3 && row.All(score => score is > 0 and < 1)));
        Assert.IsLessThan(0.25, model.History.Epochs[^1].Metrics["mae"]);
        double wrong = ReloadedScores(model, data).Zip(Labels(data), (scores, labels) => scores.Zip(labels, (score, label) => score > 0.5f == label > 0.5f ? 0.0 : 1).Average()).Average();
        Assert.IsLessThan(0.1, wrong);
    }

    [TestMethod]
    public void Rates_are_positive()
    {
        IDataView data = TrainerData.View(ml);
        NeuralNetworkOptions options = Options(new Poisson(), 5);
        options.LabelColumnName = "Weight";
        NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);
        Assert.IsTrue(TrainerPipelines.Scores(ml, model, data).All(score => score[0] > 0));
        // All counts are 1.
        Assert.AreEqual(1f, TrainerPipelines.Scores(ml, model, data).Average(score => score[0]), 0.1f);
    }

    [TestMethod]
    public void Several_quantiles_give_a_vector_that_holds_its_share_of_labels()
    {
        IDataView data = View(2000, random =>
        {
            float[] x = Uniform(random, 2);
            return new One { Features = x, Label = x[0] + (random.NextSingle() * 2) };
        });
        NeuralNetworkTransformer model = Train(new Sequential { new Dense(16, Activation.Tanh) }, new Quantile(0.1f, 0.5f, 0.9f), data, 30);
        Assert.AreEqual("Vector<Single, 3>", model.GetOutputSchema(data.Schema)["Score"].Type.ToString());
        CollectionAssert.AreEqual(new[] { "loss" }, model.History.Epochs[^1].Metrics.Keys.ToArray(), "the task's own metric compares with the label itself");
        float[][] scores = ReloadedScores(model, data);
        float[] labels = [.. data.GetColumn<float>("Label")];
        for (int i = 0; i < 3; i++)
        {
            Assert.AreEqual(new[] { 0.1, 0.5, 0.9 }[i], scores.Zip(labels, (score, label) => label < score[i] ? 1.0 : 0).Average(), 0.06);
        }

        EstimatorConformance.Check(ml, ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(4) }, Options(new Quantile(0.1f, 0.9f), 1)), data);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => Train(new Sequential { new Dense(2) }, new Quantile(0.1f, 0.5f, 0.9f), data, 1, addOutputLayer: false));
        StringAssert.Contains(error.Message, "3 quantiles of 1 number need an output of 3 values, but the network gives 2");
    }

    [TestMethod]
    public void One_quantile_gives_a_number()
    {
        IDataView data = TrainerData.View(ml, 60);
        NeuralNetworkOptions options = Options(new Quantile(0.9f), 1);
        options.LabelColumnName = "Number";
        NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);
        Assert.AreEqual(NumberDataViewType.Single, model.GetOutputSchema(data.Schema)["Score"].Type);
    }

    /// <summary>Bright spots of an image are found; whether the network ends in the sigmoid or leaves it to scoring is all the same.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_network_that_ends_in_an_image_learns_regions(bool endsInSigmoid)
    {
        IDataView data = View(200, random =>
        {
            float[] label = [.. Enumerable.Range(0, 36).Select(_ => random.Next(3) == 0 ? 1f : 0)];
            return new Image { Features = [.. label.Select(bit => (0.4f * bit) + (0.4f * random.NextSingle()))], Label = label };
        });
        var network = new Sequential
        {
            new Input(6, 6, 1), new Conv2D(8, 3, padding: Padding.Same, activation: Activation.ReLU),
            new Conv2D(1, 1, activation: endsInSigmoid ? Activation.Sigmoid : Activation.Linear),
        };
        NeuralNetworkTransformer model = Train(network, new Dice(), data, 30, addOutputLayer: false);
        Assert.AreEqual("Vector<Single, 36>", model.GetOutputSchema(data.Schema)["Score"].Type.ToString());
        float[][] scores = ReloadedScores(model, data);
        Assert.IsTrue(scores.All(row => row.All(score => score is >= 0 and <= 1)));
        Assert.IsLessThan(0.2, model.History.Epochs[^1].Metrics["loss"], "a sigmoid of a sigmoid could not reach it");
        double wrong = scores.Zip(Labels(data), (score, label) => score.Zip(label, (p, y) => p > 0.5f == y > 0.5f ? 0.0 : 1).Average()).Average();
        Assert.IsLessThan(0.1, wrong);
        EstimatorConformance.Check(ml, Trainer(network, new Tversky(0.3f, 0.7f), 1, addOutputLayer: false), data);
    }

    [TestMethod]
    public void A_function_trains_and_its_model_loads()
    {
        IDataView data = TrainerData.View(ml);
        Loss quartic = Loss.FromFunction("quartic", (output, labels) => (output - labels).Power(4));
        NeuralNetworkOptions options = Options(quartic, 10);
        options.LabelColumnName = "Number";
        options.Metrics.Add(new MeanAbsoluteError());
        options.Metrics.Add(Metric.FromLoss(quartic));
        NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);
        Assert.AreEqual(model.History.Epochs[^1].Metrics["loss"], model.History.Epochs[^1].Metrics["quartic"], 1e-4);
        Assert.IsLessThan(0.3, model.History.Epochs[^1].Metrics["mae"]);
        var loaded = (NeuralNetworkTransformer)ModelZips.Load(ModelZips.Save(ml, model, data.Schema));
        CollectionAssert.AreEqual(TrainerPipelines.Scores(ml, model, data).SelectMany(row => row).ToArray(), TrainerPipelines.Scores(ml, loaded, data).SelectMany(row => row).ToArray());
        Loss read = loaded.Model.GetOptions().Loss!;
        Assert.AreEqual("quartic", read.Name);
        options = loaded.Model.GetOptions();
        options.InitialModel = loaded;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data));
        StringAssert.Contains(error.Message, "The loss 'quartic' is a function of the application");
        options.Loss = quartic;
        options.Metrics.Clear();
        ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);
    }

    /// <summary>Each letter fills one to three steps, and nothing says which; greedy reading of the scores spells it.</summary>
    [TestMethod]
    public void Sequences_are_spelled_without_an_alignment()
    {
        const int Steps = 8;
        IDataView data = View(400, random =>
        {
            float[] features = new float[Steps * 3], label = new float[3];
            int step = random.Next(2);
            for (int letter = 0; letter < 3 && step < Steps; letter++)
            {
                label[letter] = random.Next(1, 3);
                for (int length = random.Next(1, 3); length > 0 && step < Steps; length--, step++)
                {
                    features[(step * 3) + (int)label[letter]] = 1;
                }

                step++; // A pause, so that a letter may come twice.
            }

            return new Sequence { Features = features, Label = label };
        });
        var network = new Sequential { new Input(Steps, 3), new Conv1D(16, 3, padding: Padding.Same, activation: Activation.ReLU), new Dense(3) };
        NeuralNetworkTransformer model = Train(network, new CTC(), data, 40);
        Assert.AreEqual($"Vector<Single, {Steps * 3}>", model.GetOutputSchema(data.Schema)["Score"].Type.ToString());
        double right = ReloadedScores(model, data).Zip(Labels(data), (score, label) => Read(score).SequenceEqual(label.Where(letter => letter != 0).Select(letter => (int)letter)) ? 1.0 : 0).Average();
        Assert.IsGreaterThan(0.95, right);

        IEnumerable<int> Read(float[] scores)
        {
            int[] path = [.. scores.Chunk(3).Select(step => Array.IndexOf(step, step.Max()))];
            return path.Where((letter, step) => letter != 0 && (step == 0 || path[step - 1] != letter));
        }
    }

    [TestMethod]
    [DynamicData(nameof(EmbeddingLosses))]
    public void Embeddings_of_the_same_class_come_together(Loss loss)
    {
        IDataView data = View(300, random =>
        {
            int kind = random.Next(3);
            float[] x = Uniform(random, 2);
            // Three classes by angle.
            double angle = ((kind * 120) + (40 * x[0])) * Math.PI / 180;
            return new One { Features = [(float)Math.Cos(angle) * (2 + x[1]), (float)Math.Sin(angle) * (2 + x[1])], Label = kind };
        });
        NeuralNetworkTransformer model = Train(new Sequential { new Dense(16, Activation.Tanh), new Dense(3), new UnitNormalization() }, loss, data, 20);
        float[][] embeddings = ReloadedScores(model, data);
        float[] labels = [.. data.GetColumn<float>("Label")];
        double Apart(int one, int other) => Math.Sqrt(embeddings[one].Zip(embeddings[other], (a, b) => (a - b) * (a - b)).Sum());
        (int One, int Other)[] pairs = [.. Enumerable.Range(0, 60).SelectMany(one => Enumerable.Range(0, one).Select(other => (one, other)))];
        double within = pairs.Where(pair => labels[pair.One] == labels[pair.Other]).Average(pair => Apart(pair.One, pair.Other));
        double between = pairs.Where(pair => labels[pair.One] != labels[pair.Other]).Average(pair => Apart(pair.One, pair.Other));
        Assert.IsLessThan(between / 4, within);
    }

    public static IEnumerable<Loss[]> EmbeddingLosses => new Loss[] { new TripletSemiHard(), new TripletHard(), new Circle(gamma: 10) }.Select(loss => new[] { loss });

    [TestMethod]
    public void Classifiers_learn_with_other_losses()
    {
        IDataView data = TrainerData.View(ml), test = TrainerData.View(ml, 200, seed: 2);
        Loss[] binary = [new BinaryFocalCrossentropy(), new Hinge(), new SquaredHinge(), new BinaryCrossentropy(0.1f)];
        foreach (Loss loss in binary)
        {
            NeuralNetworkOptions options = Options(loss, 15);
            options.LabelColumnName = "Flag";
            NeuralNetworkTransformer model = ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(data);
            Assert.IsGreaterThan(0.9, ml.BinaryClassification.EvaluateNonCalibrated(model.Transform(test), "Flag").Accuracy, loss.Name);
        }

        Loss[] classes = [new CategoricalCrossentropy(0.1f), new CategoricalFocalCrossentropy(), new CategoricalHinge(), new CategoricalGeneralizedCrossEntropy(), new KLDivergence()];
        foreach (Loss loss in classes)
        {
            ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Class")
                .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, Options(loss, 15))).Fit(data);
            Assert.IsGreaterThan(0.85, ml.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy, loss.Name);
        }
    }

    [TestMethod]
    public void Losses_say_what_they_cannot_compare()
    {
        AssertRefused("CategoricalCrossentropy compares classes, but the output has one value", new CategoricalCrossentropy(), "Number");
        AssertRefused("KLDivergence compares classes", new KLDivergence(), "Number");
        AssertRefused("CTC takes scores [steps, classes] for each example and a vector of class numbers as its label", new CTC(), "Number");
        AssertRefused("TripletHard takes a vector (embedding) for each example and a class number as its label", new TripletHard(), "Features");
    }

    private void AssertRefused(string message, Loss loss, string label)
    {
        NeuralNetworkOptions options = Options(loss, 1);
        options.LabelColumnName = label;
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(TrainerData.View(ml, 20)));
        StringAssert.Contains(error.Message, message);
    }

    private static NeuralNetworkOptions Options(Loss loss, int epochs) =>
        new() { Loss = loss, Epochs = epochs, Optimizer = new Adam(0.01f), Device = Device.Cpu, Seed = 1 };

    private NeuralNetworkTrainer Trainer(Network network, Loss loss, int epochs, bool addOutputLayer = true)
    {
        NeuralNetworkOptions options = Options(loss, epochs);
        options.AddOutputLayer = addOutputLayer;
        return ml.Regression.Trainers.NeuralNetwork(network, options);
    }

    private NeuralNetworkTransformer Train(Network network, Loss loss, IDataView data, int epochs, bool addOutputLayer = true) =>
        Trainer(network, loss, epochs, addOutputLayer).Fit(data);

    /// <summary>The scores of the saved and loaded model, which are those of the trained one to the bit.</summary>
    private float[][] ReloadedScores(NeuralNetworkTransformer model, IDataView data)
    {
        float[][] scores = TrainerPipelines.Scores(ml, model, data), loaded = TrainerPipelines.Scores(ml, ModelZips.Load(ModelZips.Save(ml, model, data.Schema)), data);
        CollectionAssert.AreEqual(scores.SelectMany(row => row).ToArray(), loaded.SelectMany(row => row).ToArray());
        return loaded;
    }

    private static float[][] Labels(IDataView data) => [.. data.GetColumn<VBuffer<float>>("Label").Select(label => label.DenseValues().ToArray())];

    private static float[] Uniform(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];

    private IDataView View<T>(int count, Func<Random, T> make)
        where T : class
    {
        var random = new Random(1);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ => make(random)).ToArray());
    }

    private sealed class One
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Three
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        [VectorType(3)]
        public float[] Label { get; set; } = [];
    }

    private sealed class Image
    {
        [VectorType(36)]
        public float[] Features { get; set; } = [];

        [VectorType(36)]
        public float[] Label { get; set; } = [];
    }

    private sealed class Sequence
    {
        [VectorType(24)]
        public float[] Features { get; set; } = [];

        [VectorType(3)]
        public float[] Label { get; set; } = [];
    }
}
