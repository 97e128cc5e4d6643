using Microsoft.ML.Data;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>Data to score that is, or is not, what the network was trained with.</summary>
[TestClass]
public sealed class InputTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void The_label_may_be_missing()
    {
        IDataView data = ml.Transforms.DropColumns("Label").Fit(TestData.Numbered(ml, 3)).Transform(TestData.Numbered(ml, 3));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 0]));
        CollectionAssert.AreEqual(new[] { false, true, true }, TestData.Column<bool>(model.Transform(data), "PredictedLabel"));
    }

    [TestMethod]
    public void Missing_features_are_named()
    {
        IDataView data = ml.Transforms.DropColumns("Features").Fit(TestData.Numbered(ml, 3)).Transform(TestData.Numbered(ml, 3));
        Refuses(data, "'Features'", "Label");
    }

    [TestMethod]
    public void Features_of_another_length_are_refused() => Refuses(TestData.Numbered(ml, 3, features: 5), "5 values", "2");

    [TestMethod]
    public void Features_of_no_numbers_are_refused()
    {
        IDataView data = ml.Data.LoadFromEnumerable(new[] { new TextRow { Features = ["a", "b"] } });
        Refuses(data, "'Features'", "String");
    }

    [TestMethod]
    public void Features_of_variable_length_are_refused()
    {
        IDataView data = ml.Data.LoadFromEnumerable(new[] { new VariableRow { Features = [1, 2] } });
        Refuses(data, "'Features'", "variable");
    }

    [TestMethod]
    public void Features_may_be_sparse_and_of_other_numbers()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 10]));
        IDataView doubles = ml.Data.LoadFromEnumerable(new[] { new DoubleRow { Features = [1, 2] } });
        CollectionAssert.AreEqual(new float[] { 21 }, TestData.Column<float>(model.Transform(doubles), "Score"));
        IDataView sparse = ml.Data.LoadFromEnumerable(new[] { new SparseRow { Features = new VBuffer<float>(2, 1, [3], [1]) }, new SparseRow { Features = new VBuffer<float>(2, [4, 0]) } });
        CollectionAssert.AreEqual(new float[] { 30, 4 }, TestData.Column<float>(model.Transform(sparse), "Score"));
    }

    [TestMethod]
    public void A_graph_may_see_another_shape_and_several_columns()
    {
        IDataView data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 300).Select(i => new ImageRow { Image = [i, 1, 2, 3], Size = i }));
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.TwoInputs());
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 300).Select(i => (11f * i) + 6).ToArray(), TestData.Column<float>(model.Transform(data), "Score"));
        Assert.AreEqual("Image", model.FeatureColumnName);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 4), model.FeatureColumnType);
    }

    [TestMethod]
    [DataRow(-1f), DataRow(4f), DataRow(1.5f), DataRow(float.NaN)]
    public void An_index_that_is_none_is_named_with_row_and_limit(float index)
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Embedding(1, 10, 100, 1000));
        IDataView data = TestData.Create(ml, (new float[] { 0, 3 }, 0f), (new float[] { 1, index }, 0f));
        foreach (int batchSize in new[] { 1, 256 })
        {
            model.MaxBatchSize = batchSize;
            InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => TestData.Column<float>(model.Transform(data), "Score"));
            foreach (string part in new[] { "'Features'", "row 1", index.ToString(System.Globalization.CultureInfo.InvariantCulture), "0 to 3" })
            {
                StringAssert.Contains(error.Message, part);
            }
        }

        IDataView fine = TestData.Create(ml, (new float[] { 0, 3 }, 0f), (new float[] { 1, 2 }, 0f));
        CollectionAssert.AreEqual(new float[] { 1001, 110 }, TestData.Column<float>(model.Transform(fine), "Score"));
    }

    private void Refuses(IDataView data, params string[] says)
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 1]));
        EstimatorConformance.CheckRefusal(model, data);
        ArgumentOutOfRangeException error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Transform(data));
        foreach (string part in says)
        {
            StringAssert.Contains(error.Message, part);
        }
    }

    private sealed class TextRow
    {
        [VectorType(2)]
        public string[] Features { get; set; } = [];
    }

    private sealed class VariableRow
    {
        public float[] Features { get; set; } = [];
    }

    private sealed class DoubleRow
    {
        [VectorType(2)]
        public double[] Features { get; set; } = [];
    }

    private sealed class SparseRow
    {
        [VectorType(2)]
        public VBuffer<float> Features { get; set; }
    }

    private sealed class ImageRow
    {
        [VectorType(4)]
        public float[] Image { get; set; } = [];

        public float Size { get; set; }
    }
}
