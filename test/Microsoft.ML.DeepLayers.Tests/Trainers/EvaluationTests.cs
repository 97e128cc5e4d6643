using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>A trained network is an ML.NET citizen: everything that ML.NET does with models works on it.</summary>
[TestClass]
public sealed class EvaluationTests
{
    [TestMethod]
    public void Binary_classifier_is_evaluated_by_ML_NET_with_finite_log_loss()
    {
        var ml = new MLContext(seed: 1);
        ITransformer model = TrainerPipelines.Binary(ml).Fit(TrainerData.View(ml));
        CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(model.Transform(TrainerData.View(ml, seed: 2)), "Flag");
        Assert.IsGreaterThan(0.93, metrics.Accuracy);
        Assert.IsGreaterThan(0.98, metrics.AreaUnderRocCurve);
        Assert.IsLessThan(0.4, metrics.LogLoss);
    }

    [TestMethod]
    public void Multiclass_classifier_is_evaluated_by_ML_NET()
    {
        var ml = new MLContext(seed: 1);
        ITransformer model = TrainerPipelines.Multiclass(ml).Fit(TrainerData.View(ml));
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(TrainerData.View(ml, seed: 2)));
        Assert.IsGreaterThan(0.88, metrics.MicroAccuracy);
        Assert.IsLessThan(0.4, metrics.LogLoss);
    }

    [TestMethod]
    public void Regressor_is_evaluated_by_ML_NET()
    {
        var ml = new MLContext(seed: 1);
        ITransformer model = TrainerPipelines.Regression(ml).Fit(TrainerData.View(ml));
        RegressionMetrics metrics = ml.Regression.Evaluate(model.Transform(TrainerData.View(ml, seed: 2)), "Number");
        Assert.IsGreaterThan(0.95, metrics.RSquared);
    }

    [TestMethod]
    [DataRow("binary")]
    [DataRow("multiclass")]
    [DataRow("regression")]
    public void Cross_validation_trains_each_fold_afresh_from_one_estimator(string task)
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 300);
        IEstimator<ITransformer> estimator = TrainerPipelines.ForTask(ml, task);
        double[] quality = task switch
        {
            "binary" => [.. ml.BinaryClassification.CrossValidate(data, estimator, 3, "Flag").Select(fold => fold.Metrics.Accuracy)],
            "multiclass" => [.. ml.MulticlassClassification.CrossValidate(data, estimator, 3).Select(fold => fold.Metrics.MicroAccuracy)],
            _ => [.. ml.Regression.CrossValidate(data, estimator, 3, "Number").Select(fold => fold.Metrics.RSquared)],
        };
        Assert.HasCount(3, quality);
        Assert.IsGreaterThan(0.8, quality.Min());
    }

    [TestMethod]
    public void Permutation_feature_importance_finds_the_features_in_the_order_of_their_weights()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = Named(ml, TrainerData.View(ml, 600));
        ITransformer model = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Number", 25)).Fit(data);
        var importance = ml.Regression.PermutationFeatureImportance(model, data, "Number", permutationCount: 2)
            .ToDictionary(pair => pair.Key, pair => -pair.Value.RSquared.Mean);
        Assert.IsGreaterThan(importance["b"], importance["a"]);
        Assert.IsGreaterThan(importance["c"], importance["b"]);
        Assert.IsGreaterThan(importance["noise"], importance["c"]);
        Assert.IsLessThan(0.02, Math.Abs(importance["noise"]));
    }

    [TestMethod]
    public void Permutation_feature_importance_takes_a_binary_and_a_multiclass_chain()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = Named(ml, TrainerData.View(ml, 300));
        ITransformer binary = ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Flag")).Fit(data);
        var byAuc = ml.BinaryClassification.PermutationFeatureImportanceNonCalibrated(binary, data, "Flag");
        Assert.AreEqual("a", byAuc.MinBy(pair => pair.Value.AreaUnderRocCurve.Mean).Key);

        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(data).Transform(data);
        ITransformer multiclass = ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label")).Fit(keyed);
        var byAccuracy = ml.MulticlassClassification.PermutationFeatureImportance(multiclass, keyed);
        Assert.AreEqual("a", byAccuracy.MinBy(pair => pair.Value.MicroAccuracy.Mean).Key);
    }

    [TestMethod]
    public void Permutation_feature_importance_without_slot_names_goes_by_position_and_by_name_says_so()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 200);
        NeuralNetworkTransformer model = TrainerPipelines.Regression(ml).Fit(data);
        var byPosition = ml.Regression.PermutationFeatureImportance(model, data, "Number");
        Assert.HasCount(TrainerData.FeatureCount, byPosition);
        Assert.AreEqual(byPosition.Min(importance => importance.RSquared.Mean), byPosition[0].RSquared.Mean, "the first feature weighs most");

        // ML.NET asks the data for the names; where it has none, that is ML.NET's own error and no wrong result.
        InvalidOperationException exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => ml.Regression.PermutationFeatureImportance((ITransformer)model, data, "Number"));
        Assert.Contains("GetValue", exception.Message);
    }

    [TestMethod]
    public void Prediction_engine_gives_what_transform_gives()
    {
        var ml = new MLContext(seed: 1);
        TrainerData.Row[] rows = TrainerData.Rows(50, seed: 3);
        ITransformer model = TrainerPipelines.Multiclass(ml).Fit(TrainerData.View(ml));
        using PredictionEngine<TrainerData.Row, ClassPrediction> engine = ml.Model.CreatePredictionEngine<TrainerData.Row, ClassPrediction>(model);
        ClassPrediction[] transformed =
            [.. ml.Data.CreateEnumerable<ClassPrediction>(model.Transform(ml.Data.LoadFromEnumerable(rows)), reuseRowObject: false)];
        for (int i = 0; i < rows.Length; i++)
        {
            ClassPrediction single = engine.Predict(rows[i]);
            Assert.AreEqual(transformed[i].PredictedLabel, single.PredictedLabel);
            for (int slot = 0; slot < 3; slot++)
            {
                Assert.AreEqual(transformed[i].Score[slot], single.Score[slot], 1e-6f);
            }
        }
    }

    [TestMethod]
    public void Labels_that_are_numbers_come_back_as_numbers()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", "Code")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label")))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        int[] predicted = [.. model.Transform(data).GetColumn<int>("PredictedLabel")];
        int[] actual = [.. data.GetColumn<int>("Code")];
        Assert.IsGreaterThan(0.85, predicted.Zip(actual).Average(pair => pair.First == pair.Second ? 1.0 : 0.0));
    }

    [TestMethod]
    public void Score_of_one_network_feeds_another()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        NeuralNetworkOptions second = TrainerPipelines.Options("Flag");
        second.FeatureColumnName = "Score";
        var pipeline = TrainerPipelines.Regression(ml)
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(new Sequential { new Dense(4, Activation.ReLU) }, second));
        ITransformer model = pipeline.Fit(data);
        Assert.IsGreaterThan(0.9, ml.BinaryClassification.Evaluate(model.Transform(data), "Flag").Accuracy);
    }

    [TestMethod]
    public void Binary_labels_may_be_keys_or_numbers()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml);
        IDataView numbers = ml.Transforms.Conversion.ConvertType("Label", "Flag", DataKind.Single).Fit(data).Transform(data);
        ITransformer fromNumbers = ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label")).Fit(numbers);
        Assert.IsGreaterThan(0.9, ml.BinaryClassification.Evaluate(fromNumbers.Transform(numbers)).Accuracy);

        IDataView keys = ml.Transforms.Conversion.MapValueToKey("Label", "Flag").Fit(data).Transform(data);
        ITransformer fromKeys = ml.BinaryClassification.Trainers.NeuralNetwork(TrainerPipelines.Network, TrainerPipelines.Options("Label")).Fit(keys);
        Assert.IsGreaterThan(0.9, ml.BinaryClassification.Evaluate(fromKeys.Transform(keys)).Accuracy);
        Assert.IsInstanceOfType<KeyDataViewType>(fromKeys.GetOutputSchema(keys.Schema)["PredictedLabel"].Type);
    }

    /// <summary>The same data with named features, which feature importance is told by.</summary>
    private static IDataView Named(MLContext ml, IDataView data)
    {
        string[] names = ["a", "b", "c", "noise"];
        var rows = ml.Data.CreateEnumerable<TrainerData.Row>(data, reuseRowObject: false)
            .Select(row => new NamedRow { a = row.Features[0], b = row.Features[1], c = row.Features[2], noise = row.Features[3], Number = row.Number, Flag = row.Flag, Class = row.Class });
        IDataView view = ml.Data.LoadFromEnumerable(rows.ToArray());
        return ml.Transforms.Concatenate("Features", names).Fit(view).Transform(view);
    }

    private sealed class NamedRow
    {
#pragma warning disable IDE1006 // The property's name is the slot's name.
        public float a { get; set; }

        public float b { get; set; }

        public float c { get; set; }

        public float noise { get; set; }
#pragma warning restore IDE1006

        public float Number { get; set; }

        public bool Flag { get; set; }

        public string Class { get; set; } = "";
    }

    private sealed class ClassPrediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
