using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Layers behind one another: the ONNX graph changes its layout where it must, and only there.</summary>
[TestClass]
public sealed class LayerChainTests
{
    private static readonly Dictionary<string, (Layer[] Layers, Shape Input)> Chains = new()
    {
        ["image classifier"] = (
        [
            new Conv2D(4, 3, padding: Padding.Same, activation: Activation.ReLU), new BatchNormalization(), new MaxPooling2D(2),
            new Conv2D(6, 3, strides: 2, padding: Padding.Same, useBias: false), new ActivationLayer(Activation.SiLU), new Dropout(0.5f),
            new Flatten(), new Dense(5, Activation.ReLU), new Dense(3, Activation.Softmax),
        ], new Shape(9, 8, 3)),
        ["global pooling"] = ([new Conv2D(4, 3), new GlobalAveragePooling2D(), new Dense(2)], new Shape(6, 6, 2)),
        ["global pooling, dimensions kept"] = ([new Conv2D(4, 3), new GlobalMaxPooling2D(keepDims: true), new Conv2D(2, 1), new Flatten()], new Shape(6, 6, 2)),
        ["softmax between convolutions"] = ([new Conv2D(4, 2, activation: Activation.Softmax), new Conv2D(2, 2), new AveragePooling2D(2)], new Shape(6, 6, 2)),
        ["gelu between convolutions"] = ([new Conv2D(4, 2, activation: Activation.GELU), new Conv2D(2, 2, activation: Activation.Mish)], new Shape(5, 6, 2)),
        ["gated units between convolutions"] = ([new Conv2D(4, 2, activation: Activation.GLU), new Conv2D(2, 2)], new Shape(5, 6, 2)),
        ["shared slopes between convolutions"] = ([new Conv2D(4, 2), new PReLU(sharedAxes: [1, 2]), new Conv2D(2, 2)], new Shape(5, 6, 2)),
        ["slopes between convolutions"] = ([new Conv2D(4, 2), new PReLU(), new Conv2D(2, 2)], new Shape(5, 6, 2)),
        ["dense between convolutions"] = ([new Conv2D(4, 2), new Dense(3), new Conv2D(2, 2)], new Shape(5, 5, 2)),
        ["permute and reshape"] = ([new Conv2D(4, 2), new Permute(3, 1, 2), new Reshape(-1, 2), new Conv1D(3, 2), new Flatten()], new Shape(5, 4, 2)),
        ["text"] =
        (
            [
                new Embedding(11, 5), new Conv1D(6, 3, padding: Padding.Causal, activation: Activation.Tanh), new MaxPooling1D(2),
                new Bidirectional(new GRU(4, returnSequences: true)), new LSTM(3), new Dense(1, Activation.Sigmoid),
            ], new Shape(8)),
        ["stacked recurrence"] = (
            [
                new LSTM(4, returnSequences: true), new BatchNormalization(), new GRU(3, returnSequences: true, goBackwards: true),
                new SimpleRNN(3, returnSequences: true), new GlobalMaxPooling1D(),
            ], new Shape(5, 2)),
        ["image rows as a sequence"] = ([new Conv2D(3, 2), new AveragePooling2D((1, 2)), new Reshape(4, -1), new LSTM(2)], new Shape(5, 5, 1)),
    };

    public static IEnumerable<string> Names => Chains.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Torch_and_onnx_agree(string name)
    {
        (Layer[] layers, Shape input) = Chains[name];
        using var harness = new LayerHarness(layers, input);
        var row = new LayerInfo(name, () => layers[0]) { Indices = layers[0] is Embedding embedding ? embedding.InputDim : 0 };
        foreach (int batch in new[] { 1, 4 })
        {
            Values values = LayerHarness.RandomInput(row, input, batch);
            Values expected = harness.RunTorch(values);
            CollectionAssert.AreEqual(harness.Output.WithBatch(batch), expected.Dimensions);
            NumberAssert.AreClose(expected, harness.RunOnnx(values), TestDevice.IsCpu ? 1e-5 : 1e-4, name);
        }
    }

    /// <summary>Sizes at which both engines take their fast paths, with weights as they start.</summary>
    [TestMethod]
    public void Real_sizes_agree()
    {
        foreach ((Layer[] layers, Shape input) in new (Layer[], Shape)[]
        {
            ([new Conv2D(32, 3, padding: Padding.Same, activation: Activation.ReLU), new MaxPooling2D(), new Conv2D(64, 3), new BatchNormalization()], new Shape(28, 28, 3)),
            ([new Conv2D(64, 3, strides: 2, padding: Padding.Same, groups: 4), new AveragePooling2D(3, padding: Padding.Same)], new Shape(32, 32, 16)),
            ([new Conv1D(64, 7, padding: Padding.Causal), new MaxPooling1D()], new Shape(200, 24)),
            ([new LSTM(64, returnSequences: true), new LSTM(32)], new Shape(50, 16)),
            ([new GRU(64, returnSequences: true), new GRU(32, resetAfter: false)], new Shape(50, 16)),
            ([new Bidirectional(new SimpleRNN(64, returnSequences: true)), new GlobalAveragePooling1D()], new Shape(50, 16)),
        })
        {
            using var harness = new LayerHarness(layers, input, fill: InitialWeights.Of);
            Values values = LayerHarness.RandomInput(new LayerInfo("real size", () => layers[0]), input, 8);
            NumberAssert.AreClose(harness.RunTorch(values), harness.RunOnnx(values), TestDevice.IsCpu ? 1e-5 : 1e-4, $"{layers[0]}");
        }
    }

    [TestMethod]
    [DataRow("image classifier", 2)]
    [DataRow("global pooling", 1)]
    [DataRow("gelu between convolutions", 2)]
    [DataRow("softmax between convolutions", 4)]
    public void Layouts_change_only_at_the_ends(string name, int transposes)
    {
        (Layer[] layers, Shape input) = Chains[name];
        using var harness = new LayerHarness(layers, input);
        GraphProto graph = harness.ExportModel().Graph;
        Assert.AreEqual(transposes, graph.Node.Count(node => node.OpType == "Transpose"), string.Join(" ", graph.Node.Select(node => node.OpType)));
    }

    /// <summary>The weights in the file are those of training, so that the file can be read back for more training.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Weights_enter_the_graph_as_they_are_stored(string name)
    {
        (Layer[] layers, Shape input) = Chains[name];
        using var harness = new LayerHarness(layers, input);
        GraphProto graph = harness.ExportModel().Graph;
        Shape shape = input;
        for (int i = 0; i < layers.Length; i++)
        {
            foreach (WeightSpec spec in layers[i].GetWeights([shape]))
            {
                TensorProto tensor = graph.Initializer.Single(initializer => initializer.Name == $"{i}/{spec.Name}");
                CollectionAssert.AreEqual(spec.Shape.Select(dimension => (long)dimension).ToArray(), tensor.Dims);
                Assert.AreEqual(spec.Shape.Size * sizeof(float), tensor.RawData.Length);
            }

            shape = layers[i].ComputeOutputShapes([shape])[0];
        }
    }
}
