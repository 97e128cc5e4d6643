using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class TorchNetworkTests
{
    private static readonly ForwardContext Scoring = new(Training: false, null);

    [TestMethod]
    public void A_snapshot_reads_back_to_the_bit()
    {
        Sequential network = [new Reshape(6, 6, 1), new Conv2D(3, 3), new BatchNormalization(), new Flatten(), new Reshape(16, 3), new GRU(5), new Dense(2)];
        using TorchNetwork one = Create(network, 36), other = Create(network, 36);
        one.Initialize(1);
        other.Initialize(2);
        NetworkWeights snapshot = one.Snapshot();
        CollectionAssert.AreEqual(one.Weights.Select(weight => weight.Name).ToArray(), snapshot.Names.ToArray());

        other.Load(snapshot);
        NetworkWeights copy = other.Snapshot();
        WeightAssert.AreEqual(snapshot, copy);
    }

    [TestMethod]
    public void A_snapshot_does_not_follow_the_network()
    {
        using TorchNetwork network = Create([new Dense(2)], 3);
        network.Initialize(1);
        NetworkWeights snapshot = network.Snapshot();
        float[] before = snapshot["dense/kernel"].Values.ToArray();
        using (no_grad())
        {
            network.Weights[0].Tensor.add_(1);
        }

        CollectionAssert.AreEqual(before, snapshot["dense/kernel"].Values.ToArray());
    }

    [TestMethod]
    public void Weights_of_another_network_are_refused_with_all_differences()
    {
        using TorchNetwork network = Create([new Dense(4) { Name = "a" }, new Dense(5, useBias: false) { Name = "b" }, new Dense(1) { Name = "c" }], 3);
        network.Initialize(1);
        float[] before = network.Snapshot()["c/kernel"].Values.ToArray();
        var weights = new NetworkWeights(
        [
            new("a/kernel", new Shape(3, 4), new float[12]),
            new("b/kernel", new Shape(5, 4), new float[20]),
            new("c/kernel", new Shape(5, 1), new float[5]),
            new("c/bias", new Shape(2), new float[2]),
            new("d/kernel", new Shape(1), new float[1]),
        ]);
        Assert.AreEqual(
            "The weights do not fit the network: 'a/bias' [4] is missing; 'b/kernel' has shape [5, 4] instead of [4, 5]; 'c/bias' has shape [2] instead of [1]; 'd/kernel' is not in this network.",
            Assert.ThrowsExactly<WeightMismatchException>(() => network.Load(weights)).Message);
        CollectionAssert.AreEqual(before, network.Snapshot()["c/kernel"].Values.ToArray(), "nothing is loaded where not all fits");
    }

    [TestMethod]
    public void The_seed_decides_the_initial_weights_and_each_weight_has_its_own()
    {
        Sequential network = [new Dense(8), new Dense(8), new Dense(8, biasInitializer: new RandomNormal())];
        using TorchNetwork one = Create(network, 8), same = Create(network, 8), other = Create(network, 8);
        one.Initialize(7);
        same.Initialize(7);
        other.Initialize(8);
        NetworkWeights first = one.Snapshot(), second = same.Snapshot(), third = other.Snapshot();
        foreach (string name in new[] { "dense/kernel", "dense_1/kernel", "dense_2/kernel", "dense_2/bias" })
        {
            CollectionAssert.AreEqual(first[name].Values.ToArray(), second[name].Values.ToArray());
            CollectionAssert.AreNotEqual(first[name].Values.ToArray(), third[name].Values.ToArray());
        }

        CollectionAssert.AreNotEqual(first["dense/kernel"].Values.ToArray(), first["dense_1/kernel"].Values.ToArray());
        Assert.IsTrue(first["dense/bias"].Values.ToArray().All(value => value == 0));
    }

    [TestMethod]
    public void Initial_weights_do_not_depend_on_the_number_type_or_on_libtorchs_generator()
    {
        Sequential network = [new Dense(8), new Dense(3)];
        using TorchNetwork single = Create(network, 8), twice = Create(network, 8, ScalarType.Float64);
        single.Initialize(7);
        manual_seed(99);
        using (Tensor drawn = rand(3))
        {
            twice.Initialize(7);
        }

        CollectionAssert.AreEqual(single.Snapshot()["dense/kernel"].Values.ToArray(), twice.Snapshot()["dense/kernel"].Values.ToArray());
        Assert.AreEqual(ScalarType.Float64, twice.Weights[0].Tensor.dtype);
    }

    [TestMethod]
    public void Several_inputs_and_outputs_go_their_ways()
    {
        using DisposeScope scope = NewDisposeScope();
        Layer a = new Input(2) { Name = "a" }, b = new Input(3) { Name = "b" }, sum = new AddBoth { Name = "sum" };
        Layer widen = new Dense(2, useBias: false, kernelInitializer: Constant.Ones) { Name = "widen" };
        var graph = new NetworkGraph(
            [new GraphNode("a", a, []), new GraphNode("b", b, []), new GraphNode("widen", widen, [new NodeOutput(1)]),
             new GraphNode("sum", sum, [new NodeOutput(0), new NodeOutput(2)])],
            [new NodeOutput(3), new NodeOutput(3, 1), new NodeOutput(0)]);
        using var network = new TorchNetwork(graph, graph.InferShapes([new Shape(2), new Shape(3)]), TestDevice.Torch);
        network.Initialize(1);
        IReadOnlyList<Tensor> outputs = network.Forward(
            [tensor(new float[] { 10, 20 }).reshape(1, 2), tensor(new float[] { 1, 2, 3 }).reshape(1, 3)], Scoring);
        CollectionAssert.AreEqual(new float[] { 16, 26 }, outputs[0].data<float>().ToArray(), "the sum");
        CollectionAssert.AreEqual(new float[] { 4, 14 }, outputs[1].data<float>().ToArray(), "its second output, the difference");
        CollectionAssert.AreEqual(new float[] { 10, 20 }, outputs[2].data<float>().ToArray(), "the first input itself");
    }

    [TestMethod]
    public void Disposing_frees_all_weights()
    {
        long before = LiveTensors.Count();
        using (TorchNetwork network = Create([new Reshape(4, 2), new Bidirectional(new LSTM(3)), new BatchNormalization(), new Dense(2)], 8))
        {
            network.Initialize(1);
            using DisposeScope scope = NewDisposeScope();
            network.Forward([ones(2, 8)], Scoring);
        }

        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void A_layer_that_cannot_be_built_leaves_nothing_behind()
    {
        long before = LiveTensors.Count();
        Assert.ThrowsExactly<NotSupportedException>(() => Create([new Dense(3), new Broken(Forgets: false), new Dense(3)], 4));
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void A_weight_that_is_declared_and_not_taken_is_named()
    {
        long before = LiveTensors.Count();
        Assert.AreEqual(
            "Broken declares the weight 'forgotten' but its Build neither takes nor binds it.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Create([new Dense(3), new Broken(Forgets: true)], 4)).Message);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private static TorchNetwork Create(Sequential network, int inputs, ScalarType type = ScalarType.Float32) =>
        new(network.Graph, network.Graph.InferShapes([new Shape(inputs)]), TestDevice.Torch, type);

    private sealed record AddBoth : Layer
    {
        public override IReadOnlyList<Shape> ComputeOutputShapes(IReadOnlyList<Shape> inputShapes) => [inputShapes[0], inputShapes[1]];

        public override LayerFunction Build(LayerBuilder builder) => (inputs, _) => [inputs[0] + inputs[1], inputs[0] - inputs[1]];

        public override IReadOnlyList<OnnxValue> Export(OnnxGraphBuilder onnx, IReadOnlyList<OnnxValue> inputs) => throw new NotSupportedException();
    }

    private sealed record Broken(bool Forgets) : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => input;

        public override IReadOnlyList<WeightSpec> GetWeights(Shape input) => [new WeightSpec("taken", input, Constant.Ones), new WeightSpec("forgotten", input, Constant.Ones)];

        public override TensorFunction Build(LayerBuilder builder, Shape input)
        {
            builder.Weight("taken");
            return Forgets ? (x, _) => x : throw new NotSupportedException("Cannot be built.");
        }

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException();
    }
}
