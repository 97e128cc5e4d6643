using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Vision;

[TestClass]
public sealed class ImageTrainerTests
{
    private const int Side = 32;

    private static readonly Backbone Narrow = new ResNet18 { Height = Side, Width = Side, WidthMultiplier = 0.125f };

    [TestMethod]
    public void From_random_weights_the_whole_backbone_learns_in_one_phase()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.ImageClassification(Narrow, new ImageTrainingOptions
        {
            Epochs = 8,
            BatchSize = 16,
            Optimizer = new Adam(3e-3f),
            ValidationFraction = 0,
        }).Fit(Classes(ml, 96, seed: 1));

        Assert.HasCount(8, model.History.Epochs);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(Classes(ml, 48, seed: 2)));
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
    }

    /// <summary>MobileNetV3's momentum is 0.99: after the 36 steps here the moving averages are mostly what they began with.</summary>
    [TestMethod]
    public void Batch_normalizations_get_the_statistics_of_the_final_weights()
    {
        var backbone = new MobileNetV3Small { Height = Side, Width = Side, WidthMultiplier = 0.25f };
        var ml = new MLContext(seed: 1);
        IDataView data = Classes(ml, 96, seed: 1);
        double Accuracy(bool updates)
        {
            using NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.ImageClassification(backbone, new ImageTrainingOptions
            {
                Epochs = 12,
                Optimizer = new Adam(3e-3f),
                ValidationFraction = 0,
                UpdateBatchNormalization = updates,
            }).Fit(data);
            return ml.MulticlassClassification.Evaluate(model.Transform(data)).MicroAccuracy;
        }

        Assert.IsLessThan(0.5, Accuracy(updates: false), "what makes the option needed: it was 0.33, which is chance");
        Assert.IsGreaterThan(0.9, Accuracy(updates: true));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void The_first_phase_leaves_the_backbone_as_it_is_and_measures_what_the_whole_model_scores(bool cachesFeatures)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = Classes(ml, 48, seed: 1);
        IDataView validation = Classes(ml, 24, seed: 2);
        NetworkWeights weights = BackboneWeights(ml, data);
        using NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.ImageClassification(Narrow, new ImageTrainingOptions
        {
            Weights = weights,
            HeadEpochs = 3,
            Epochs = 0,
            CacheFeatures = cachesFeatures,
        }).Fit(data, validation);

        NetworkWeights all = model.Model.GetWeights();
        foreach (WeightTensor weight in weights)
        {
            CollectionAssert.AreEqual(weight.Values.ToArray(), all[$"backbone/{weight.Name}"].Values.ToArray(), weight.Name);
        }

        Assert.HasCount(3, model.History.Epochs);
        Assert.AreNotEqual(model.History.Epochs[0].Metrics["val_loss"], model.History.Epochs[^1].Metrics["val_loss"]);
        Assert.AreEqual(
            ml.MulticlassClassification.Evaluate(model.Transform(validation)).LogLoss, model.History.Epochs[^1].Metrics["val_loss"], 1e-4);
    }

    [TestMethod]
    public void The_second_phase_goes_on_from_the_first_in_smaller_steps_towards_the_input_and_the_model_survives_a_zip()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = Classes(ml, 48, seed: 1);
        NetworkWeights weights = BackboneWeights(ml, data);
        ImageTrainer trainer = ml.MulticlassClassification.Trainers.ImageClassification(Narrow, new ImageTrainingOptions
        {
            Weights = weights,
            HeadEpochs = 2,
            Epochs = 2,
            Augmentation = { new RandomFlip(FlipMode.Horizontal) },
            ValidationFraction = 0,
            // Plain steps, so that the sizes of changes tell the rates.
            Optimizer = new SGD(1e-3f),
            StageFactor = 0.1f,
        });
        NeuralNetworkTransformer model = trainer.Fit(data);

        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, model.History.Epochs.Select(epoch => epoch.Epoch).ToArray());
        NetworkWeights after = model.Model.GetWeights();
        float Change(string name) => weights[name].Values.ToArray().Zip(after[$"backbone/{name}"].Values.ToArray(), (a, b) => MathF.Abs(a - b)).Max();
        Assert.AreEqual(0, Change("bn1/moving_mean"));
        Assert.AreEqual(0, Change("bn1/gamma"));
        Assert.IsGreaterThan(0, Change("conv1/kernel"));
        Assert.IsGreaterThan(10 * Change("conv1/kernel"), Change("layer4.1.conv2/kernel"));

        using var folder = new TemporaryFolder();
        string path = folder["model.zip"];
        ml.Model.Save(model, data.Schema, path);
        float[][] expected = Scores(model.Transform(data));
        float[][] loaded = Scores(new MLContext().Model.Load(path, out _).Transform(data));
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], loaded[i]);
        }
    }

    [TestMethod]
    public void Binary_classification_regression_and_several_labels_have_the_columns_of_their_tasks()
    {
        var ml = new MLContext(seed: 1);
        var options = new ImageTrainingOptions { Epochs = 1, ValidationFraction = 0 };

        IDataView binary = ml.BinaryClassification.Trainers.ImageClassification(Narrow, options).Fit(View(ml, 32, 1, kind => kind == 0)).Transform(View(ml, 8, 2, kind => kind == 0));
        Assert.IsNotNull(ml.BinaryClassification.Evaluate(binary));

        IDataView regression = ml.Regression.Trainers.ImageRegression(Narrow, options).Fit(View(ml, 32, 1, kind => (float)kind)).Transform(View(ml, 8, 2, kind => (float)kind));
        Assert.AreEqual(NumberDataViewType.Single, regression.Schema["Score"].Type);

        float[] Labels(int kind) => [kind == 0 ? 1 : 0, kind > 0 ? 1 : 0];
        IDataView several = ml.Regression.Trainers.MultiLabelImageClassification(Narrow, options).Fit(View(ml, 32, 1, Labels, 2)).Transform(View(ml, 8, 2, Labels, 2));
        foreach (float[] scores in Scores(several))
        {
            Assert.HasCount(2, scores);
            Assert.IsTrue(scores.All(score => score is > 0 and < 1));
        }
    }

    [TestMethod]
    public void What_cannot_be_trained_is_refused_by_name()
    {
        var ml = new MLContext(seed: 1);
        void Refuses<T>(ImageTrainingOptions options, string part)
            where T : Exception =>
            StringAssert.Contains(Assert.Throws<T>(() => ml.MulticlassClassification.Trainers.ImageClassification(Narrow, options)).Message, part);

        Refuses<ArgumentException>(new() { Epochs = 0 }, "Weights");
        Refuses<ArgumentException>(new() { Callbacks = { new BackupAndRestore("backup.safetensors") } }, nameof(BackupAndRestore));
        Refuses<ArgumentOutOfRangeException>(new() { StageFactor = 0 }, "stages");
        Refuses<WeightMismatchException>(new() { Weights = new NetworkWeights([new WeightTensor("conv1/kernel", new Shape(1), [1])]) }, "conv1/kernel");

        var wrongSize = ml.MulticlassClassification.Trainers.ImageClassification(Narrow with { Height = 64 });
        StringAssert.Contains(Assert.Throws<LayerShapeException>(() => wrongSize.Fit(Classes(ml, 4, seed: 1))).Message, "Column 'Pixels'");
    }

    private static NetworkWeights BackboneWeights(MLContext ml, IDataView data)
    {
        using NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.ImageClassification(Narrow, new ImageTrainingOptions { Epochs = 1, ValidationFraction = 0 }).Fit(data);
        const string Prefix = "backbone/";
        return new NetworkWeights(model.Model.GetWeights().Where(weight => weight.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(weight => new WeightTensor(weight.Name[Prefix.Length..], weight.Shape, weight.Values.Span)));
    }

    private static IDataView Classes(MLContext ml, int count, int seed) => ml.Transforms.Conversion.MapValueToKey("Label", "Label")
        .Fit(View(ml, count, seed, kind => (float)kind)).Transform(View(ml, count, seed, kind => (float)kind));

    /// <summary>Noise in which one of the three channels is brighter.</summary>
    private static IDataView View<TLabel>(MLContext ml, int count, int seed, Func<int, TLabel> label, int labels = 0)
    {
        var random = new Random(seed);
        var rows = new List<Row<TLabel>>();
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[Side * Side * 3];
            random.NextBytes(pixels);
            for (int j = i % 3; j < pixels.Length; j += 3)
            {
                pixels[j] = (byte)(128 + (pixels[j] / 2));
            }

            rows.Add(new Row<TLabel> { Pixels = pixels, Label = label(i % 3) });
        }

        var schema = SchemaDefinition.Create(typeof(Row<TLabel>));
        schema["Pixels"].ColumnType = new VectorDataViewType(NumberDataViewType.Byte, Side, Side, 3);
        if (labels > 0)
        {
            schema["Label"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, labels);
        }

        return ml.Data.LoadFromEnumerable(rows, schema);
    }

    private static float[][] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score")];

    private sealed class Row<TLabel>
    {
        public byte[] Pixels { get; set; } = [];

        public TLabel Label { get; set; } = default!;
    }
}
