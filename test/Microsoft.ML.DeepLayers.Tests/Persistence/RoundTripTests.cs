using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Scoring;
using Microsoft.ML.DeepLayers.Tests.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Persistence;

[TestClass]
public sealed class RoundTripTests
{
    private readonly MLContext ml = new(seed: 1);

    [TestMethod]
    public void Everything_comes_back()
    {
        TrainedNetwork network = TestNetworks.Regression([1, 2]) with
        {
            // The strange name has half a surrogate pair, which UTF-8 cannot say.
            Outputs =
            [
                new TrainedOutput(null, PredictionTask.Regression, "Größe \ud83d"),
                new TrainedOutput("vector", PredictionTask.Regression, "L", VectorSize: 7),
            ],
            Inputs = [new InputColumn("Features", new Shape(1, 2), KeyCount: ulong.MaxValue, IndexLimit: 17)],
        };
        TrainedNetwork loaded = Reload(network).Model.Trained;
        CollectionAssert.AreEqual(network.Outputs.ToArray(), loaded.Outputs.ToArray());
        CollectionAssert.AreEqual(network.Inputs.ToArray(), loaded.Inputs.ToArray());
        CollectionAssert.AreEqual(network.Onnx, loaded.Onnx);
        Assert.AreEqual(network.DefinitionJson, loaded.DefinitionJson);
        Assert.AreEqual(network.OptionsJson, loaded.OptionsJson);
        Assert.AreEqual(network.History.ToString(), loaded.History.ToString());
        Assert.AreEqual(2, loaded.History.BestEpoch);
        CollectionAssert.AreEqual(new[] { "loss", "val_loss" }, loaded.History.Epochs[0].Metrics.Keys.ToArray());
        CollectionAssert.AreEqual(new[] { 0.75, 0.1 + 0.2 }, loaded.History["loss"].ToArray());
        CollectionAssert.AreEqual(new[] { double.NaN, double.PositiveInfinity }, loaded.History["val_loss"].ToArray());
        Assert.AreEqual(1e-4, loaded.History.Epochs[1].LearningRate);
        Assert.AreEqual(0.25, loaded.History.Epochs[1].Seconds);
    }

    [TestMethod]
    public void A_zip_has_five_entries_and_saving_again_gives_the_same()
    {
        DataViewSchema schema = TestData.Numbered(ml, 1).Schema;
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Binary([1, 2]));
        byte[] zip = ModelZips.Save(ml, model, schema);
        Dictionary<string, byte[]> entries = ModelZips.Entries(zip);
        CollectionAssert.IsSubsetOf(
            new[] { "Model.key", "Model.onnx", "Network.json", "Training.json", "History.json" }.Select(name => $"TransformerChain/{name}").ToArray(),
            entries.Keys.ToArray());
        CollectionAssert.AreEqual(model.Model.Trained.Onnx, entries["TransformerChain/Model.onnx"]);
        Dictionary<string, byte[]> again = ModelZips.Entries(ModelZips.Save(ml, ModelZips.Load(zip), schema));
        CollectionAssert.AreEquivalent(entries.Keys, again.Keys);
        foreach ((string name, byte[] content) in entries)
        {
            CollectionAssert.AreEqual(content, again[name], name);
        }
    }

    [TestMethod]
    public void Earlier_models_that_name_the_assembly_with_the_layers_load()
    {
        IDataView data = TestData.Numbered(ml, 3);
        byte[] zip = ModelZips.Save(ml, new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1])), data.Schema);
        ITransformer loaded = ModelZips.Load(ModelZips.NameAssembly(zip, typeof(NeuralNetworkTransformer).Assembly));
        CollectionAssert.AreEqual(new float[] { 0, 2, 4 }, TestData.Column<float>(loaded.Transform(data), "Score"));
    }

    [TestMethod]
    public void In_chains_within_chains_at_any_position()
    {
        IDataView data = TestData.Create(ml, (new float[] { 4, 1 }, "a"), (new float[] { 0, 3 }, "b"), (new float[] { 2, 0 }, "a"));
        var inner = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(new FixedEstimator(ml, TestNetworks.Multiclass(new ClassLabels(2))))
            .Append(ml.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel")).Fit(data);
        var outer = new TransformerChain<ITransformer>(
            new TransformerChain<ITransformer>(inner), new NeuralNetworkTransformer(ml, TestNetworks.Regression([0.1f, 0.7f])));
        ITransformer loaded = ModelZips.Load(ModelZips.Save(ml, outer, data.Schema));
        List<object[]> expected = EstimatorConformance.ReadRows(outer.Transform(data)), actual = EstimatorConformance.ReadRows(loaded.Transform(data));
        EstimatorConformance.CheckSchemas(outer.Transform(data).Schema, loaded.Transform(data).Schema, "schema");
        int score = loaded.GetOutputSchema(data.Schema)["Score"].Index;
        for (int row = 0; row < expected.Count; row++)
        {
            Assert.AreEqual(BitConverter.SingleToInt32Bits((float)expected[row][score]), BitConverter.SingleToInt32Bits((float)actual[row][score]));
        }
    }

    [TestMethod]
    public void With_a_data_loader()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(path, ["1\t2", "3\t4"]);
            TextLoader loader = ml.Data.CreateTextLoader([new TextLoader.Column("Features", DataKind.Single, 0, 1)]);
            using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([1, 10]));
            using var stream = new MemoryStream();
            ml.Model.Save(model, loader, stream);
            stream.Position = 0;
            ITransformer loaded = new MLContext().Model.LoadWithDataLoader(stream, out IDataLoader<IMultiStreamSource> loadedLoader);
            CollectionAssert.AreEqual(
                new float[] { 21, 43 }, TestData.Column<float>(loaded.Transform(loadedLoader.Load(new MultiFileSource(path))), "Score"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Loaded_often_and_at_once()
    {
        IDataView data = TestData.Numbered(ml, 300);
        byte[] zip = ModelZips.Save(ml, new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1])), data.Schema);
        float[] expected = [.. Enumerable.Range(0, 300).Select(i => 2f * i)];
        Parallel.For(0, 16, _ =>
        {
            using var model = (NeuralNetworkTransformer)ModelZips.Load(zip);
            CollectionAssert.AreEqual(expected, TestData.Column<float>(model.Transform(data), "Score"));
        });
    }

    [TestMethod]
    public void Saved_by_several_threads_while_it_scores()
    {
        IDataView data = TestData.Numbered(ml, 300);
        using var model = new NeuralNetworkTransformer(ml, TestNetworks.Regression([2, 1]));
        Parallel.For(0, 8, thread =>
        {
            if (thread % 2 == 0)
            {
                Assert.IsGreaterThan(0, ModelZips.Save(new MLContext(), model, data.Schema).Length);
            }
            else
            {
                Assert.HasCount(300, TestData.Column<float>(model.Transform(data), "Score"));
            }
        });
    }

    [TestMethod]
    [DataRow("de-DE", "en-US"), DataRow("en-US", "tr-TR"), DataRow("tr-TR", "de-DE"), DataRow("ar-SA", "th-TH")]
    public void Whatever_the_cultures_of_writer_and_reader(string writer, string reader)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(writer);
            IDataView data = TestData.Create(ml, (new float[] { 1.5f, 0 }, "İstanbul"), (new float[] { 0, 2.25f }, "ılık"));
            var model = ml.Transforms.Conversion.MapValueToKey("Label")
                .Append(new FixedEstimator(ml, TestNetworks.Multiclass(new ClassLabels(2))))
                .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
            byte[] zip = ModelZips.Save(ml, model, data.Schema);
            CultureInfo.CurrentCulture = new CultureInfo(reader);
            ITransformer loaded = ModelZips.Load(zip);
            CollectionAssert.AreEqual(new[] { "İstanbul", "ılık" }, TestData.Column<string>(loaded.Transform(data), "PredictedLabel"));
            NeuralNetworkTransformer network = ((IEnumerable<ITransformer>)loaded).OfType<NeuralNetworkTransformer>().Single();
            Assert.AreEqual(0.1 + 0.2, network.History["loss"][1]);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    public void Goes_on_after_Dispose()
    {
        IDataView data = TestData.Numbered(ml, 3);
        var loaded = Reload(TestNetworks.Regression([2, 1]));
        loaded.Dispose();
        CollectionAssert.AreEqual(new float[] { 0, 2, 4 }, TestData.Column<float>(loaded.Transform(data), "Score"));
        loaded.Dispose();
        Assert.IsGreaterThan(0, ModelZips.Save(ml, loaded, data.Schema).Length);
    }

    private NeuralNetworkTransformer Reload(TrainedNetwork network)
    {
        using var model = new NeuralNetworkTransformer(ml, network);
        return (NeuralNetworkTransformer)ModelZips.Load(ModelZips.Save(ml, model, TestData.Numbered(ml, 1).Schema));
    }
}
