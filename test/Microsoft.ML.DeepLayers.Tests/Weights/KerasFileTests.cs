using System.IO.Compression;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

[TestClass]
public sealed class KerasFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void A_weights_file_gives_what_Keras_computes()
    {
        NetworkWeights file = NetworkWeights.LoadKeras(WeightFiles.Fixture("image.weights.h5"));
        Sequential network = [new Input(4, 4, 2), new Conv2D(3, (3, 2)), new BatchNormalization(), new Flatten(), new Dropout(0.5f), new Dense(4)];
        WeightConversion conversion = WeightConversion.FromKeras(file, network);
        // Two examples of 4 outputs: Conv2D with (3, 2) gives [2, 3, 3].
        WeightFiles.AreClose(file["test/vars/1"].Values.Span, WeightFiles.Run(network, conversion.Weights, file["test/vars/0"]));

        Dictionary<string, string> actions = conversion.Report.ToDictionary(row => row.Source, row => row.Action);
        Assert.AreEqual("axes reordered (layer of that name)", actions["layers/conv2d/vars/0"]);
        Assert.AreEqual("as it is (layer of that name)", actions["layers/dense/vars/0"]);
        Assert.AreEqual("ignored: the state of a random generator", actions["layers/dropout/seed_generator/vars/0"]);
        Assert.AreEqual("ignored: no layer's (an optimizer's or a metric's)", actions["optimizer/vars/0"]);
        Assert.AreEqual(5, file["optimizer/vars/0"].Values.Span[0]);
    }

    [TestMethod]
    public void A_keras_file_gives_what_Keras_computes_and_tells_the_layers_names()
    {
        NetworkWeights file = NetworkWeights.LoadKeras(WeightFiles.Fixture("text.keras"));
        Assert.AreEqual("gates", file.Metadata["layers/gru"]);
        Assert.AreEqual("head", file.Metadata["layers/dense"]);
        Sequential network =
        [
            new Input(5), new Embedding(7, 5) { Name = "words" }, new Bidirectional(new LSTM(4, returnSequences: true)), new GRU(3) { Name = "gates" }, new Dense(2) { Name = "head" },
        ];
        WeightConversion conversion = WeightConversion.FromKeras(file, network, new() { LayerNames = { ["both"] = "bidirectional" } });
        WeightFiles.AreClose(file["test/vars/1"].Values.Span, WeightFiles.Run(network, conversion.Weights, file["test/vars/0"]));
        Assert.AreEqual(
            new ConvertedWeight("layers/gru/cell/vars/2", new Shape(2, 9), "gates/bias + gates/recurrent_bias", null, "divided, gates reordered (layer of that name)"),
            conversion.Report.Single(row => row.Source == "layers/gru/cell/vars/2"));
        Assert.Contains("as the options say", conversion.Report.Single(row => row.Source == "layers/bidirectional/forward_layer/cell/vars/0").Action);
    }

    [TestMethod]
    public void A_network_with_the_output_layer_of_the_trainer_takes_the_last_Dense()
    {
        NetworkWeights file = NetworkWeights.LoadKeras(WeightFiles.Fixture("text.keras"));
        Sequential network = [new Input(5), new Embedding(7, 5), new Bidirectional(new LSTM(4, returnSequences: true)), new GRU(3)];
        WeightConversion conversion = WeightConversion.FromKeras(file, network, new() { OutputUnits = 2 });
        CollectionAssert.AreEqual(file["layers/dense/vars/0"].Values.ToArray(), conversion.Weights["output/kernel"].Values.ToArray());
    }

    [TestMethod]
    public void Damaged_and_other_files_are_refused()
    {
        byte[] whole = File.ReadAllBytes(WeightFiles.Fixture("image.weights.h5"));
        for (int length = 0; length < whole.Length; length += 997)
        {
            File.WriteAllBytes(folder["x.h5"], whole[..length]);
            Refused("x.h5", "x.h5");
        }

        File.WriteAllText(folder["x.h5"], "hello");
        Refused("x.h5", "neither HDF5 nor a zip");
        WeightFiles.WriteZip(folder["a.keras"], CompressionLevel.NoCompression, ("config.json", "{}"u8.ToArray()));
        Refused("a.keras", "no model.weights.h5");
        WeightFiles.WriteZip(folder["b.keras"], CompressionLevel.Optimal, ("model.weights.h5", new byte[1 << 20]));
        Refused("b.keras", "is compressed");
        WeightFiles.WriteZip(folder["c.keras"], CompressionLevel.NoCompression, ("model.weights.h5", whole), ("config.json", "{"u8.ToArray()));
        Refused("c.keras", "damaged");
    }

    private void Refused(string name, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<FormatException>(() => NetworkWeights.LoadKeras(folder[name])).Message);
}
