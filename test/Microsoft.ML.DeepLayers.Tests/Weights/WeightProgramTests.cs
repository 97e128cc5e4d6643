using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Scoring;

namespace Microsoft.ML.DeepLayers.Tests.Weights;

/// <summary>The programs of docs/weights.md, and what they stand for.</summary>
[TestClass]
public sealed class WeightProgramTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MLContext ml = new(seed: 1);

    private static Sequential Network => [new Input(4), new Dense(8, Activation.Tanh), new Dense(8, Activation.Tanh)];

    private IDataView Data => TestData.Create(ml, [.. Enumerable.Range(0, 40).Select(i => (new float[] { i % 2, i % 3, i % 5, 1 }, (float)(i % 7)))]);

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void A_model_is_exported_to_PyTorch_and_fine_tuned_from_that_file_with_another_output()
    {
        NeuralNetworkTransformer first = Train(new() { Epochs = 2 });

        // Export, with PyTorch's names.
        var names = new Dictionary<string, string> { ["encoder.0"] = "dense", ["encoder.2"] = "dense_1", ["head"] = "output" };
        WeightConversion export = WeightConversion.ToPyTorch(first.Model, new() { LayerNames = names });
        export.Weights.SavePyTorch(folder["model.pt"]);

        // Fine-tune the body with a new output layer.
        NetworkWeights tensors = NetworkWeights.LoadPyTorch(folder["model.pt"]);
        CollectionAssert.AreEqual(
            new[] { "encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias", "head.weight", "head.bias" }, tensors.Names.ToArray());
        WeightConversion import = WeightConversion.FromPyTorch(tensors, Network, new() { IgnoredLayers = ["head"] });
        var messages = new List<string>();
        ml.Log += (_, message) => messages.Add(message.RawMessage);
        NeuralNetworkTransformer second = Train(new() { Epochs = 1, Optimizer = new SGD(1e-30f), InitialWeights = import.Weights });

        NetworkWeights before = first.Model.GetWeights(), after = second.Model.GetWeights();
        WeightFiles.AreSame(before.Without("output"), after.Without("output"));
        CollectionAssert.AreNotEqual(before["output/kernel"].Values.ToArray(), after["output/kernel"].Values.ToArray());
        Assert.Contains("starts from 4 of 6 weights: dense/kernel, dense/bias, dense_1/kernel, dense_1/bias; by their initializers: output/kernel, output/bias", messages);
    }

    [TestMethod]
    public void Weights_go_from_one_transformer_to_another_through_a_file()
    {
        NeuralNetworkTransformer first = Train(new() { Epochs = 2, Seed = 1 }), second = Train(new() { Epochs = 1, Seed = 2 });
        first.Model.GetWeights().SaveSafeTensors(folder["a.safetensors"]);
        NeuralNetworkTransformer third = second.WithWeights(NetworkWeights.LoadSafeTensors(folder["a.safetensors"]));
        CollectionAssert.AreEqual(Scores(first), Scores(third));
        CollectionAssert.AreNotEqual(Scores(first), Scores(second), "the one that gave its definition has not changed");
        ml.Model.Save(third, Data.Schema, folder["model.zip"]);
        CollectionAssert.AreEqual(Scores(first), Scores(ml.Model.Load(folder["model.zip"], out _)));
    }

    [TestMethod]
    public void The_output_layer_of_a_trained_network_takes_part_in_conversions()
    {
        NeuralNetworkTransformer model = Train(new() { Epochs = 2 });
        WeightConversion export = WeightConversion.ToPyTorch(model.Model);
        CollectionAssert.Contains(export.Weights.Names.ToArray(), "output.weight");
        WeightFiles.AreSame(model.Model.GetWeights(), WeightConversion.FromPyTorch(export.Weights, model.Model).Weights);
    }

    [TestMethod]
    public void A_layers_weights_are_got_and_set_as_in_Keras()
    {
        NeuralNetworkTransformer model = Train(new() { Epochs = 1 });
        IReadOnlyList<WeightTensor> old = model.Model.GetWeights("output");
        CollectionAssert.AreEqual(new[] { "output/kernel", "output/bias" }, old.Select(weight => weight.Name).ToArray());
        NeuralNetworkTransformer constant = model.WithWeights("output", new float[8], [3]);
        Assert.IsTrue(Scores(constant).All(score => score == 3));
        CollectionAssert.AreEqual(Scores(model), Scores(constant.WithWeights("output", old[0].Values.ToArray(), old[1].Values.ToArray())));
        Assert.Contains("'output/bias' [1] cannot take 2 values", Assert.ThrowsExactly<WeightMismatchException>(() => model.WithWeights("output", new float[8], [1, 2])).Message);
        Assert.Contains("it has 2 weights", Assert.ThrowsExactly<WeightMismatchException>(() => model.WithWeights("output", new float[8])).Message);
        Assert.Contains("Those that have: dense, dense_1, output", Assert.ThrowsExactly<ArgumentException>(() => model.WithWeights("none")).Message);
    }

    [TestMethod]
    public void Weights_that_do_not_fit_are_listed_before_anything_happens()
    {
        const string Problems = "The weights do not fit the network: 'dense/kernel' has shape [2] instead of [4, 8]; 'output/bias' has shape [2] instead of [1]; 'x/y' is not in this network.";
        NetworkWeights wrong = new([new("dense/kernel", new Shape(2), [1, 2]), new("output/bias", new Shape(2), [1, 2]), new("x/y", new Shape(1), [1])]);
        NeuralNetworkTransformer model = Train(new() { Epochs = 1 });
        Assert.AreEqual(Problems, Assert.ThrowsExactly<WeightMismatchException>(() => model.WithWeights(wrong)).Message);
        Assert.AreEqual(Problems, Assert.ThrowsExactly<WeightMismatchException>(() => Train(new() { InitialWeights = wrong })).Message);
        Assert.ThrowsExactly<ArgumentException>(() => Train(new() { InitialWeights = model.Model.GetWeights(), InitialModel = model }));
    }

    [TestMethod]
    public void Without_InitialWeights_the_rest_starts_as_it_would()
    {
        NeuralNetworkTransformer plain = Train(new() { Epochs = 1, Optimizer = new SGD(1e-30f) });
        var one = new NetworkWeights([new("dense/bias", new Shape(8), [1, 2, 3, 4, 5, 6, 7, 8])]);
        NeuralNetworkTransformer given = Train(new() { Epochs = 1, Optimizer = new SGD(1e-30f), InitialWeights = one });
        // The step is too small to be seen, but for biases, which start at 0.
        Training.WeightAssert.AreClose(plain.Model.GetWeights().With(one), given.Model.GetWeights(), 1e-20);
    }

    private NeuralNetworkTransformer Train(NeuralNetworkOptions options)
    {
        options.Device = Device.Cpu;
        return ml.Regression.Trainers.NeuralNetwork(Network, options).Fit(Data);
    }

    private float[] Scores(ITransformer model) => TestData.Column<float>(model.Transform(Data), "Score");
}
