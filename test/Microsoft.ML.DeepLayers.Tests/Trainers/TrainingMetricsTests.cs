using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Tests.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>Metrics within ML.NET: beside its own evaluators, in the history, in the model file, and watched by callbacks.</summary>
[TestClass]
public sealed class TrainingMetricsTests
{
    private static readonly MLContext Ml = new(seed: 1);

    /// <summary>After the last epoch, the validation metrics are those of the model that training returns.</summary>
    [TestMethod]
    public void Binary_figures_are_those_of_ML_NETs_evaluator()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Flag", epochs: 3);
        options.Metrics.Add(new AUC(10_000));
        options.Metrics.Add(new AUC(name: "auc_200"));
        options.Metrics.Add(new AUC(10_000, AUCCurve.PR, name: "auc_pr"));
        options.Metrics.Add(new BinaryAccuracy());
        options.Metrics.Add(new Precision());
        options.Metrics.Add(new Recall());
        options.Metrics.Add(new F1Score(threshold: 0.5f));
        IDataView validation = Noisy(300, seed: 2);
        NeuralNetworkTransformer model = Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(400), validation);
        CalibratedBinaryClassificationMetrics evaluated = Ml.BinaryClassification.Evaluate(model.Transform(validation), "Flag");
        Assert.IsLessThan(0.95, evaluated.AreaUnderRocCurve, "A perfect model would prove little.");
        IReadOnlyDictionary<string, double> measured = model.History.Epochs[^1].Metrics;
        // Predictions between the same two thresholds count as equal: finer ones come closer to the exact area.
        Assert.AreEqual(evaluated.AreaUnderRocCurve, measured["val_auc"], 1e-4);
        Assert.AreEqual(evaluated.AreaUnderRocCurve, measured["val_auc_200"], 2e-3);
        // ML.NET's area under this curve is by trapezoids.
        Assert.AreEqual(evaluated.AreaUnderPrecisionRecallCurve, measured["val_auc_pr"], 5e-3);
        Assert.AreEqual(evaluated.Accuracy, measured["val_binary_accuracy"], 1e-6);
        Assert.AreEqual(evaluated.PositivePrecision, measured["val_precision"], 1e-9);
        Assert.AreEqual(evaluated.PositiveRecall, measured["val_recall"], 1e-9);
        Assert.AreEqual(evaluated.F1Score, measured["val_f1_score"], 1e-9);
        CollectionAssert.IsSubsetOf(new[] { "auc", "auc_200", "auc_pr", "binary_accuracy", "precision", "recall", "f1_score" }, measured.Keys.ToArray());
    }

    [TestMethod]
    public void Multiclass_figures_are_those_of_ML_NETs_evaluator()
    {
        IDataView data = Ml.Data.LoadFromEnumerable(NoisyRows(500, 1));
        DataOperationsCatalog.TrainTestData split = Ml.Data.TrainTestSplit(Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(data).Transform(data), 0.4);
        NeuralNetworkOptions options = TrainerPipelines.Options("Label", epochs: 3);
        options.Metrics.Add(new CategoricalAccuracy());
        options.Metrics.Add(new SparseTopKCategoricalAccuracy(2));
        options.Metrics.Add(new TopKCategoricalAccuracy(2));
        for (int i = 0; i < 3; i++)
        {
            options.Metrics.Add(new Recall(classId: i, name: $"share_{i}"));
        }

        NeuralNetworkTransformer model = Ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(split.TrainSet, split.TestSet);
        IDataView scored = model.Transform(split.TestSet);
        IReadOnlyDictionary<string, double> measured = model.History.Epochs[^1].Metrics;
        MulticlassClassificationMetrics evaluated = Ml.MulticlassClassification.Evaluate(scored, topKPredictionCount: 2);
        Assert.AreEqual(evaluated.MicroAccuracy, measured["val_categorical_accuracy"], 1e-6);
        Assert.AreEqual(evaluated.TopKAccuracy, measured["val_sparse_top_k_categorical_accuracy"], 1e-6);
        Assert.AreEqual(evaluated.TopKAccuracy, measured["val_top_k_categorical_accuracy"], 1e-6);
        // The evaluator knows no recall at a probability of 0.5: counted from the scores.
        float[][] scores = TrainerPipelines.Scores(Ml, model, split.TestSet);
        uint[] labels = [.. split.TestSet.GetColumn<uint>("Label")];
        for (int i = 0; i < 3; i++)
        {
            int[] own = [.. Enumerable.Range(0, labels.Length).Where(row => labels[row] == i + 1)];
            Assert.AreEqual(own.Average(row => scores[row][i] > 0.5f ? 1.0 : 0), measured[$"val_share_{i}"], 0.011);
        }
    }

    [TestMethod]
    public void Regression_figures_are_those_of_ML_NETs_evaluator()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", epochs: 3);
        options.Metrics.Add(new RootMeanSquaredError());
        options.Metrics.Add(new R2Score());
        options.Metrics.Add(new PearsonCorrelation(axis: 0));
        options.Metrics.Add(new MeanAbsoluteError());
        IDataView validation = Noisy(300, seed: 2);
        NeuralNetworkTransformer model = Ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(400), validation);
        RegressionMetrics evaluated = Ml.Regression.Evaluate(model.Transform(validation), "Number");
        IReadOnlyDictionary<string, double> measured = model.History.Epochs[^1].Metrics;
        Assert.AreEqual(evaluated.RootMeanSquaredError, measured["val_rmse"], 1e-5);
        Assert.AreEqual(evaluated.RSquared, measured["val_r2_score"], 1e-5);
        Assert.AreEqual(evaluated.MeanAbsoluteError, measured["val_mae"], 1e-5);
        Assert.IsGreaterThan(Math.Sqrt(Math.Max(0, evaluated.RSquared)) - 1e-6, measured["val_pearson_correlation"], "r² is at least the coefficient of determination");
    }

    [TestMethod]
    public void Metrics_of_several_outputs_bear_their_names_and_all_come_back_from_the_model_file()
    {
        var options = new NeuralNetworkOptions { Epochs = 2, ValidationFraction = 0.25f, Optimizer = new Adam(0.01f), Device = Device.Cpu };
        options.Outputs.Add(new OutputOptions("number", "Number") { Metrics = [new R2Score(), new RootMeanSquaredError("far_off")] });
        options.Outputs.Add(new OutputOptions("flag", "Flag", PredictionTask.BinaryClassification) { Metrics = [new AUC(50), new AUC(50, AUCCurve.PR, name: "auc_pr")] });
        var input = new Input(TrainerData.FeatureCount);
        LayerOutput body = new Dense(8, Activation.Tanh).Apply(input);
        var network = new Network([input], new Dictionary<string, LayerOutput> { ["number"] = body, ["flag"] = body });
        IDataView data = Noisy(200);
        NeuralNetworkTransformer model = Ml.Regression.Trainers.NeuralNetwork(network, options).Fit(data);
        string[] own = ["loss", "number_loss", "number_r2_score", "number_far_off", "flag_loss", "flag_auc", "flag_auc_pr"];
        CollectionAssert.AreEqual(own.Concat(own.Select(name => $"val_{name}")).ToArray(), model.History.Epochs[^1].Metrics.Keys.ToArray());
        Assert.IsTrue(model.History.Epochs.All(epoch => epoch.Metrics.Values.All(double.IsFinite)));

        var loaded = (NeuralNetworkTransformer)ModelZips.Load(ModelZips.Save(Ml, model, data.Schema));
        foreach (string name in model.History.Epochs[^1].Metrics.Keys)
        {
            CollectionAssert.AreEqual(model.History[name].ToArray(), loaded.History[name].ToArray(), name);
        }

        IList<OutputOptions> outputs = loaded.Model.GetOptions().Outputs;
        CollectionAssert.AreEqual(options.Outputs.SelectMany(output => output.Metrics).ToArray(), outputs.SelectMany(output => output.Metrics).ToArray());
    }

    [TestMethod]
    public void Early_stopping_on_an_area_under_a_curve_goes_upwards()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Flag", epochs: 12);
        options.Metrics.Add(new AUC());
        options.Callbacks.Add(new EarlyStopping("val_auc", patience: 2));
        NeuralNetworkTransformer model = Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(200), Noisy(200, seed: 2));
        IReadOnlyList<double> areas = model.History["val_auc"];
        Assert.AreEqual(1 + areas.ToList().IndexOf(areas.Max()), model.History.BestEpoch, string.Join(", ", areas));
        Assert.IsGreaterThan(areas[0], areas.Max(), "it grew");

        options.Metrics.Clear();
        options.Metrics.Add(new FalseNegatives());
        options.Callbacks.Clear();
        options.Callbacks.Add(new EarlyStopping("val_false_negatives", patience: 2));
        model = Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(200), Noisy(200, seed: 2));
        IReadOnlyList<double> misses = model.History["val_false_negatives"];
        Assert.AreEqual(1 + misses.ToList().IndexOf(misses.Min()), model.History.BestEpoch, string.Join(", ", misses));
    }

    [TestMethod]
    public void A_second_metric_of_the_same_class_needs_a_name_of_its_own()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Flag", epochs: 1);
        options.Metrics.Add(new AUC());
        options.Metrics.Add(new AUC(curve: AUCCurve.PR));
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(50)));
        Assert.Contains("Metrics has two metrics called 'auc'; each needs a name of its own.", error.Message);
    }

    [TestMethod]
    public void A_metric_that_the_output_cannot_give_is_refused_at_Fit()
    {
        NeuralNetworkOptions options = TrainerPipelines.Options("Flag", epochs: 1);
        options.Metrics.Add(new F1Score());
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => Ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(Noisy(50)));
        Assert.Contains("Give it a threshold: 0.5.", error.Message);
    }

    private static IDataView Noisy(int count, int seed = 1) => Ml.Data.LoadFromEnumerable(NoisyRows(count, seed));

    /// <summary>A third of the labels are drawn at random, so that no model is perfect.</summary>
    private static TrainerData.Row[] NoisyRows(int count, int seed)
    {
        TrainerData.Row[] rows = TrainerData.Rows(count, seed);
        var random = new Random(seed);
        string[] classes = ["low", "middle", "high"];
        foreach (TrainerData.Row row in rows)
        {
            row.Number += (float)(random.NextDouble() - 0.5);
            if (random.Next(3) == 0)
            {
                (row.Flag, row.Class) = (random.Next(2) == 0, classes[random.Next(3)]);
            }
        }

        return rows;
    }
}
