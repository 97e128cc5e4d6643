using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Data;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A validation set must mean the same as the training data.</summary>
[TestClass]
public sealed class ValidationDataTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [TestMethod]
    public void The_same_classes_are_taken()
    {
        using NeuralNetworkTransformer model = Trainer().Fit(Classes("a", "b", "c"), Classes("a", "b", "c"));
        CollectionAssert.Contains(model.Model.History.Epochs[0].Metrics.Keys.ToArray(), "val_accuracy");
    }

    [TestMethod]
    [DataRow("a,b,c,d", DisplayName = "more")]
    [DataRow("a,b", DisplayName = "fewer")]
    [DataRow("a,c,b", DisplayName = "in another order")]
    [DataRow("a,b,x", DisplayName = "another one")]
    public void Other_classes_are_refused(string classes) => Assert.AreEqual(
        "The validation data does not fit the training data. Label column 'Label' has other classes; run both through the same fitted transforms.",
        Assert.ThrowsExactly<ArgumentException>(() => Trainer().Fit(Classes("a", "b", "c"), Classes(classes.Split(',')))).Message);

    [TestMethod]
    public void Labels_of_another_type_are_refused()
    {
        Assert.StartsWith(
            "The validation data does not fit the training data. Label column 'Label' is of type Single",
            Assert.ThrowsExactly<ArgumentException>(() => Trainer().Fit(Classes("a", "b", "c"), Numbers(1))).Message);
        NeuralNetworkTrainer regression = Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, epochs: 1);
        var text = new TestView(4).WithVector("Features", 2, (_, _) => 0).With("Label", TextDataViewType.Instance, (long _, ref ReadOnlyMemory<char> value) => value = default);
        Assert.StartsWith("Label column 'Label' is of type String", Assert.ThrowsExactly<ArgumentException>(() => regression.Fit(Numbers(1), text)).Message);
    }

    [TestMethod]
    public void Features_of_another_size_are_refused()
    {
        NeuralNetworkTrainer regression = Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, epochs: 1);
        var wide = new TestView(4).WithVector("Features", 3, (_, _) => 0).WithNumber("Label", _ => 0);
        Assert.AreEqual(
            "The validation data does not fit the training data. Feature column 'Features' has 3 values a row ([3]), but the network was trained with 2 ([2]).",
            Assert.ThrowsExactly<ArgumentException>(() => regression.Fit(Numbers(1), wide)).Message);
    }

    [TestMethod]
    public void Its_rows_are_not_trained_on_and_give_the_val_metrics()
    {
        NeuralNetworkTrainer regression = Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, new NeuralNetworkOptions { Epochs = 2, Seed = 1 });
        using NeuralNetworkTransformer without = regression.Fit(Numbers(1)), with = regression.Fit(Numbers(1), Numbers(1000));
        CollectionAssert.AreEqual(without.Model.GetWeight("dense/kernel"), with.Model.GetWeight("dense/kernel"));
        Assert.IsGreaterThan(100 * with.Model.History["loss"][1], with.Model.History["val_loss"][1]);
    }

    [TestMethod]
    public void It_takes_the_place_of_the_fraction_that_would_be_held_out()
    {
        NeuralNetworkTrainer Regression(float fraction) =>
            Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, new NeuralNetworkOptions { Epochs = 2, Seed = 1, ValidationFraction = fraction });
        using NeuralNetworkTransformer half = Regression(0.5f).Fit(Numbers(1), Numbers(2)), none = Regression(0).Fit(Numbers(1), Numbers(2));
        CollectionAssert.AreEqual(none.Model.GetWeight("dense/kernel"), half.Model.GetWeight("dense/kernel"));
    }

    [TestMethod]
    public void A_missing_value_in_it_is_said_to_be_there()
    {
        NeuralNetworkTrainer regression = Ml.Regression.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, epochs: 1);
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => regression.Fit(Numbers(1), Numbers(float.NaN))).Message, "in row 0 of the validation data");
    }

    private static NeuralNetworkTrainer Trainer() => Ml.MulticlassClassification.Trainers.NeuralNetwork(new Sequential { new Dense(2) }, epochs: 1);

    private static TestView Numbers(float scale) => new TestView(20).WithVector("Features", 2, (row, slot) => (row + slot) / 20f).WithNumber("Label", row => scale * row / 20);

    /// <summary>Rows of these classes, whose keys are in this order.</summary>
    private static IDataView Classes(params string[] classes)
    {
        Row[] rows = [.. Enumerable.Range(0, 12).Select(i => new Row { Features = [i, -i], Class = classes[i % classes.Length] })];
        IDataView data = Ml.Data.LoadFromEnumerable(rows);
        return Ml.Transforms.Conversion.MapValueToKey("Label", "Class").Fit(data).Transform(data);
    }

    private sealed class Row
    {
        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string Class { get; set; } = "";
    }
}
