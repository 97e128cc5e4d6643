using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>What ML.NET's evaluators make of the prediction columns.</summary>
[TestClass]
public sealed class EvaluationTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Regression()
    {
        IDataView data = TestData.Create(ml, (new float[] { 1, 0 }, 2f), (new float[] { 2, 0 }, 5f));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 0]));
        RegressionMetrics metrics = ml.Regression.Evaluate(model.Transform(data));
        Assert.AreEqual(0.5, metrics.MeanAbsoluteError, 1e-9);
        Assert.AreEqual(0.5, metrics.MeanSquaredError, 1e-9);
    }

    [TestMethod]
    public void Binary_accuracy_is_that_of_the_logit()
    {
        // All probabilities are above 0 and would be "true" if they stood in Score.
        IDataView data = TestData.Create(
            ml, (new float[] { -1 }, false), (new float[] { -0.1f }, false), (new float[] { 0.1f }, true), (new float[] { 3 }, true), (new float[] { 4 }, false));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1]));
        IDataView scored = model.Transform(data);
        CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(scored);
        Assert.AreEqual(0.8, metrics.Accuracy, 1e-9);
        Assert.AreEqual(4 / 6.0, metrics.AreaUnderRocCurve, 1e-9);
        CollectionAssert.AreEqual(new[] { false, false, true, true, true }, TestData.Column<bool>(scored, "PredictedLabel"));
        double expected = Entropy(-1, false) + Entropy(-0.1, false) + Entropy(0.1, true) + Entropy(3, true) + Entropy(4, false);
        Assert.AreEqual(expected / 5, metrics.LogLoss, 1e-6);
    }

    [TestMethod]
    public void A_logit_of_0_is_negative()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1]));
        IDataView scored = model.Transform(TestData.Create(ml, (new float[] { 0 }, false), (new float[] { 1e-30f }, true)));
        CollectionAssert.AreEqual(new[] { false, true }, TestData.Column<bool>(scored, "PredictedLabel"));
        Assert.AreEqual(1, ml.BinaryClassification.Evaluate(scored).Accuracy);
    }

    [TestMethod]
    public void Certainty_that_is_wrong_costs_24_bits_and_not_infinitely_many()
    {
        IDataView data = TestData.Create(ml, (new float[] { 1000 }, false), (new float[] { -1000 }, false), (new float[] { 1000 }, true));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1]));
        CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(model.Transform(data));
        Assert.AreEqual(24.0 / 3, metrics.LogLoss, 1e-4);
    }

    [TestMethod]
    public void Binary_with_a_key_for_a_label()
    {
        IDataView data = TestData.Create(ml, (new float[] { -1 }, "no"), (new float[] { 2 }, "yes"), (new float[] { 1 }, "yes"), (new float[] { 5 }, "no"));
        var model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new FixedEstimator(ml, TestNetworks.Binary([1]))).Fit(data);
        IDataView scored = model.Transform(data);
        Assert.AreEqual(0.75, ml.BinaryClassification.Evaluate(scored).Accuracy, 1e-9);
        CollectionAssert.AreEqual(new uint[] { 1, 2, 2, 2 }, TestData.Column<uint>(scored, "PredictedLabel"));
    }

    [TestMethod]
    public void Multiclass()
    {
        IDataView data = TestData.Create(
            ml, (new float[] { 4, 0, 0 }, "a"), (new float[] { 0, 4, 0 }, "b"), (new float[] { 0, 0, 4 }, "c"), (new float[] { 4, 0, 0 }, "c"));
        var model = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new FixedEstimator(ml, TestNetworks.Multiclass(new ClassLabels(3)))).Fit(data);
        MulticlassClassificationMetrics metrics = ml.MulticlassClassification.Evaluate(model.Transform(data), topKPredictionCount: 2);
        Assert.AreEqual(0.75, metrics.MicroAccuracy, 1e-9);
        double right = Math.Exp(4) / (Math.Exp(4) + 2);
        double wrong = 1 / (Math.Exp(4) + 2);
        Assert.AreEqual(((-3 * Math.Log(right)) - Math.Log(wrong)) / 4, metrics.LogLoss, 1e-5);
        CollectionAssert.AreEqual(new[] { 1.0, 1.0, 0.5 }, metrics.ConfusionMatrix.PerClassRecall.ToArray());
    }

    [TestMethod]
    public void Scores_that_are_no_numbers_predict_nothing()
    {
        float[] none = [float.NaN, 0];
        using var regression = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 1]));
        using var binary = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 1]));
        using var keys = new NeuralNetworkTransformer(
            ml, TestNetworks.Binary([1, 1], labels: new ClassLabels(2, NumberDataViewType.Int32, new[] { 7, 8 })));
        using var multiclass = new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(2)));
        IDataView data = TestData.Create(ml, (none, 1f), (new float[] { 3, 1 }, 1f));
        Assert.IsTrue(float.IsNaN(TestData.Column<float>(regression.Transform(data), "Score")[0]));
        Assert.IsTrue(float.IsNaN(TestData.Column<float>(binary.Transform(data), "Probability")[0]));
        CollectionAssert.AreEqual(new[] { false, true }, TestData.Column<bool>(binary.Transform(data), "PredictedLabel"));
        CollectionAssert.AreEqual(new uint[] { 0, 2 }, TestData.Column<uint>(keys.Transform(data), "PredictedLabel"));
        CollectionAssert.AreEqual(new uint[] { 0, 1 }, TestData.Column<uint>(multiclass.Transform(data), "PredictedLabel"));
    }

    [TestMethod]
    public void CrossValidation_uses_one_estimator_for_all_folds()
    {
        IDataView data = TestData.Create(ml, [.. Enumerable.Range(0, 90).Select(i => (new float[] { i - 44.5f }, i >= 45))]);
        var folds = ml.BinaryClassification.CrossValidate(data, new FixedEstimator(ml, TestNetworks.Binary([1])), numberOfFolds: 3);
        Assert.HasCount(3, folds);
        Assert.IsTrue(folds.All(fold => fold.Metrics.Accuracy == 1));
    }

    private static double Entropy(double logit, bool label) => Math.Log2(1 + Math.Exp(label ? -logit : logit));
}
