using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

[TestClass]
public sealed class NeuralNetworkTransformerTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Says_what_it_is()
    {
        TrainedNetwork network = TestNetworks.Regression([1, 2]);
        using var model = new NeuralNetworkTransformer(ml, network);
        Assert.AreEqual("Features", model.FeatureColumnName);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2), model.FeatureColumnType);
        Assert.AreEqual("Label", model.LabelColumnName);
        Assert.AreSame(network.History, model.History);
        Assert.AreEqual(Network.FromJson(network.DefinitionJson).ToJson(), model.Network.ToJson());
        Assert.AreSame(model.Network, model.Model.Network);
        Assert.IsTrue(((ITransformer)model).IsRowToRowMapper);
    }

    [TestMethod]
    public void Weights_can_be_read()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(2)));
        CollectionAssert.AreEqual(new[] { "dense/kernel", "dense/bias" }, model.Model.WeightNames.ToArray());
        CollectionAssert.AreEqual(new float[] { 1, 0, 0, 1 }, model.Model.GetWeight("dense/kernel"));
        Assert.AreEqual(new Shape(2, 2), model.Model.GetWeightShape("dense/kernel"));
        Assert.AreEqual(new Shape(2), model.Model.GetWeightShape("dense/bias"));
        model.Model.GetWeight("dense/kernel")[0] = 7;
        Assert.AreEqual(1, model.Model.GetWeight("dense/kernel")[0], "It is a copy.");
        ArgumentException error = Assert.ThrowsExactly<ArgumentException>(() => model.Model.GetWeight("dense/gamma"));
        StringAssert.Contains(error.Message, "dense/kernel, dense/bias");
    }

    [TestMethod]
    public void Constants_are_no_weights()
    {
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.TwoInputs());
        Assert.IsEmpty(model.Model.WeightNames);
    }

    [TestMethod]
    public void Exports_ONNX()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            TrainedNetwork network = TestNetworks.Regression([1, 2]);
            using var model = new NeuralNetworkTransformer(ml, network);
            string path = Path.Combine(folder, "model.onnx");
            File.WriteAllText(path, "something older");
            model.ExportOnnx(path);
            CollectionAssert.AreEqual(network.Onnx, File.ReadAllBytes(path));
            CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder), "Nothing else stays behind.");

            string nowhere = Path.Combine(folder, "no", "model.onnx");
            StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => model.ExportOnnx(nowhere)).Message, nowhere);
            StringAssert.Contains(Assert.ThrowsExactly<IOException>(() => model.ExportOnnx(folder)).Message, folder);
            CollectionAssert.AreEqual(new[] { path }, Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void A_multiclass_network_without_classes_is_refused() => Assert.ThrowsExactly<ArgumentException>(
        () => new NeuralNetworkTransformer(ml, TestNetworks.Multiclass(new ClassLabels(2)) with { Outputs = [new TrainedOutput(null, PredictionTask.MulticlassClassification, "Label")] }));

    [TestMethod]
    public void Scoring_parses_neither_definition_nor_settings_nor_history()
    {
        bool wasRead = false;
        TrainedNetwork network = TestNetworks.Regression([2, 1]);
        History history = network.History;
        using var model = new NeuralNetworkTransformer(ml, network with
        {
            DefinitionJson = "no definition",
            OptionsJson = "no settings",
            ReadHistory = () =>
            {
                wasRead = true;
                return history;
            },
        });
        CollectionAssert.AreEqual(new float[] { 0, 2, 4 }, TestData.Column<float>(model.Transform(TestData.Numbered(ml, 3)), "Score"));
        Assert.IsFalse(wasRead);
        Assert.AreSame(history, model.History);
        Assert.Throws<Exception>(() => model.Network);
    }
}
