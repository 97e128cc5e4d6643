using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed class NetworkGraphTests
{
    private static readonly Sequential Body = [new Input(6), new Dense(4, Activation.ReLU), new BatchNormalization(), new Dense(4)];

    [TestMethod]
    public void Weights_are_named_layer_slash_weight_in_the_order_of_the_layers()
    {
        NetworkGraph graph = Body.Graph;
        string[] weights = [.. graph.Weights(graph.InferShapes([new Shape(6)])).Select(weight => $"{weight.FullName} {weight.Spec.Shape}")];
        CollectionAssert.AreEqual(
            new[]
            {
                "dense/kernel [6, 4]", "dense/bias [4]",
                "batch_normalization/gamma [4]", "batch_normalization/beta [4]",
                "batch_normalization/moving_mean [4]", "batch_normalization/moving_variance [4]",
                "dense_1/kernel [4, 4]", "dense_1/bias [4]",
            },
            weights);
    }

    [TestMethod]
    public void Append_puts_a_layer_behind_the_output_and_leaves_the_graph_alone()
    {
        NetworkGraph longer = Body.Graph.Append(new Dense(3) { Name = "output" });
        Assert.HasCount(4, Body.Graph.Nodes);
        Assert.AreEqual("output", longer.Nodes[^1].Name);
        CollectionAssert.AreEqual(new[] { new NodeOutput(3) }, longer.Nodes[^1].Inputs.ToArray());
        CollectionAssert.AreEqual(new[] { new NodeOutput(4) }, longer.Outputs.ToArray());
        Assert.AreEqual(new Shape(3), longer.InferShapes([new Shape(6)])[longer.Outputs[0]]);
    }

    [TestMethod]
    public void Append_gives_a_name_and_refuses_one_that_is_taken()
    {
        Assert.AreEqual("dense_2", Body.Graph.Append(new Dense(3)).Nodes[^1].Name);
        Assert.ThrowsExactly<InvalidOperationException>(() => Body.Graph.Append(new Dense(3) { Name = "dense_1" }));
    }

    [TestMethod]
    public void Append_keeps_further_outputs()
    {
        var two = new NetworkGraph(Body.Graph.Nodes, [new NodeOutput(3), new NodeOutput(1)]);
        CollectionAssert.AreEqual(new[] { new NodeOutput(4), new NodeOutput(1) }, two.Append(new Dense(3)).Outputs.ToArray());
    }

    [TestMethod]
    public void Replace_keeps_name_and_place()
    {
        NetworkGraph other = Body.Graph.Replace(3, new Dense(5, Activation.Tanh));
        Assert.AreEqual(new Dense(5, Activation.Tanh) { Name = "dense_1" }, other.Nodes[3].Layer);
        Assert.AreEqual(new Dense(4) { Name = "dense_1" }, Body.Graph.Nodes[3].Layer);
        Assert.AreEqual(new Shape(5), other.InferShapes([new Shape(6)])[other.Outputs[0]]);
    }

    [TestMethod]
    public void Shapes_flow_along_the_edges()
    {
        // Two inputs and a layer that reads the second: what it is given does not depend on the order of the nodes.
        Layer first = new Input(2) { Name = "a" }, second = new Input(3, 3, 1) { Name = "b" }, conv = new Conv2D(4, 2) { Name = "c" };
        var graph = new NetworkGraph(
            [new GraphNode("a", first, []), new GraphNode("b", second, []), new GraphNode("c", conv, [new NodeOutput(1)])],
            [new NodeOutput(2), new NodeOutput(0)]);
        GraphShapes shapes = graph.InferShapes([new Shape(2), new Shape(9)]);
        Assert.AreEqual(new Shape(9), shapes.Inputs[1][0], "the column is flat");
        Assert.AreEqual(new Shape(3, 3, 1), shapes.Outputs[1][0], "Input reshapes it");
        Assert.AreEqual(new Shape(3, 3, 1), shapes.Inputs[2][0]);
        Assert.AreEqual(new Shape(2, 2, 4), shapes[graph.Outputs[0]]);
        Assert.AreEqual(new Shape(2), shapes[graph.Outputs[1]]);
    }

    [TestMethod]
    public void An_input_reads_its_own_column_or_that_of_the_trainer()
    {
        Assert.AreEqual("Pixels", new Sequential { new Input(new Shape(4), "Pixels") }.Graph.ColumnOf(0, "Features"));
        Assert.AreEqual("Features", new Sequential { new Input(4) }.Graph.ColumnOf(0, "Features"));
    }

    [TestMethod]
    public void Shape_errors_name_the_layer_and_both_shapes()
    {
        AssertFails(
            [new Dense(3), new Conv2D(4, 3) { Name = "look" }], [9],
            "Layer Conv2D 'look' expects an input of shape [height, width, channels], but was given [3] (shapes without the batch dimension).");
        AssertFails(
            [new Dense(3), new Dense(3), new LSTM(4)], [9],
            "Layer LSTM 'lstm' expects an input of shape [steps, features], but was given [3] (shapes without the batch dimension).");
        AssertFails(
            [new Input(28, 28, 1), new Flatten()], [780],
            "Layer Input 'input' expects data of shape [28, 28, 1] (784 values), but was given [780] (shapes without the batch dimension). Column 'Features' has 780 values an example: change the shape of Input or the column.");
        AssertFails(
            [new Input(null, "Pixels"), new Reshape(2, 2)], [5],
            "Layer Reshape 'reshape' expects an input that fits into [2, 2], but was given [5] (shapes without the batch dimension).");
    }

    private static void AssertFails(Sequential network, int[] inputShape, string message)
    {
        LayerShapeException error = Assert.ThrowsExactly<LayerShapeException>(() => network.Graph.InferShapes([inputShape]));
        // What a layer advises beyond that is its own business.
        Assert.StartsWith(message, error.Message);
    }
}
