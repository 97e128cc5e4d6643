using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>
/// PermutationFeatureImportance changes shared state whenever a cursor over its data moves: a view that visits a row
/// twice, or out of order, silently gets wrong importances from the second feature on.
/// </summary>
[TestClass]
public sealed class PermutationFeatureImportanceTests
{
    private static readonly float[] Weights = [4, 0, 2];

    [TestMethod]
    public void Reading_ahead_gives_the_same_importances()
    {
        RegressionMetricsStatistics[] batched = Importances(batchSize: 256);
        RegressionMetricsStatistics[] single = Importances(batchSize: 1);
        for (int i = 0; i < Weights.Length; i++)
        {
            Assert.AreEqual(single[i].MeanAbsoluteError.Mean, batched[i].MeanAbsoluteError.Mean);
            Assert.AreEqual(single[i].RSquared.Mean, batched[i].RSquared.Mean);
            Assert.AreEqual(single[i].RSquared.StandardDeviation, batched[i].RSquared.StandardDeviation);
        }
    }

    [TestMethod]
    public void Known_importances_are_found()
    {
        RegressionMetricsStatistics[] found = Importances(batchSize: 256);
        // Permuting a uniform column moves a linear prediction by its weight times a third of the column's range on average.
        Assert.AreEqual(4 * 1000 / 3.0, found[0].MeanAbsoluteError.Mean, 4 * 15);
        Assert.AreEqual(0, found[1].MeanAbsoluteError.Mean);
        Assert.AreEqual(2 * 1000 / 3.0, found[2].MeanAbsoluteError.Mean, 2 * 15);
    }

    [TestMethod]
    public void Through_a_chain_by_the_names_of_the_slots()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 500).Select(i => new Cells { A = i, B = i * 7 % 501, Label = i > 250 }));
        var model = ml.Transforms.Concatenate("Features", "A", "B")
            .Append(new FixedEstimator(ml, TestNetworks.Binary([1, 0], bias: -250.5f))).Fit(data);
        var found = ml.BinaryClassification.PermutationFeatureImportanceNonCalibrated(model, model.Transform(data), permutationCount: 3);
        CollectionAssert.AreEquivalent(new[] { "A", "B" }, found.Keys.ToArray());
        Assert.AreEqual(-0.5, found["A"].Accuracy.Mean, 0.1);
        Assert.AreEqual(0, found["B"].Accuracy.Mean);
    }

    [TestMethod]
    public void Of_several_classes()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TestData.Create(ml, [.. Enumerable.Range(0, 300).Select(i => (new[] { i % 3 == 0 ? 5f : 0, i % 3 == 1 ? 5f : 0, 2f }, "abc"[i % 3].ToString()))]);
        IDataView keys = ml.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        using NeuralNetworkTransformer model = new FixedEstimator(ml, TestNetworks.Multiclass(new ClassLabels(3))).Fit(keys);
        var found = ml.MulticlassClassification.PermutationFeatureImportance(model, keys, permutationCount: 2);
        Assert.IsLessThan(-0.2, found[0].MicroAccuracy.Mean);
        Assert.AreEqual(0, found[2].MicroAccuracy.Mean);
    }

    private static RegressionMetricsStatistics[] Importances(int batchSize)
    {
        var ml = new MLContext(seed: 1);
        // Sorted by a feature: neighbours differ least, and a slip of the permutation shows most.
        IDataView data = TestData.Create(ml, [.. Enumerable.Range(0, 1000).Select(i => (new float[] { i, i * 3 % 1000, i * 7 % 1000 }, (4f * i) + (2f * (i * 7 % 1000))))]);
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression(Weights)) { MaxBatchSize = batchSize };
        return [.. ml.Regression.PermutationFeatureImportance(model, data, permutationCount: 4)];
    }

    private sealed class Cells
    {
        public float A { get; set; }

        public float B { get; set; }

        public bool Label { get; set; }
    }
}
