using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What a task makes of the user's network.</summary>
[TestClass]
public sealed class TaskHeadTests
{
    private static readonly TaskHead Binary = new BinaryHead();

    private static readonly TaskHead Multiclass = new MulticlassHead();

    private static readonly TaskHead Regression = new RegressionHead();

    [TestMethod]
    public void A_linear_layer_with_a_unit_an_output_is_added()
    {
        foreach (TaskHead head in new[] { Binary, Multiclass, Regression })
        {
            NetworkGraph graph = Complete(head, [new Dense(4, Activation.ReLU)], units: 3, addOutputLayer: true);
            Assert.AreEqual(new Dense(3) { Name = "output" }, graph.Nodes[^1].Layer);
            Assert.AreEqual(new Shape(3), graph.InferShapes([new Shape(5)])[graph.Outputs[0]]);
        }
    }

    [TestMethod]
    public void A_network_without_layers_becomes_a_linear_model() =>
        CollectionAssert.AreEqual(new[] { "input", "output" }, Complete(Regression, [], 1, true).Nodes.Select(node => node.Name).ToArray());

    [TestMethod]
    public void The_activation_of_scoring_is_taken_off_the_end_of_ones_own_output_layer()
    {
        AssertEnd(Multiclass, [new Dense(3, Activation.Softmax) { Name = "mine" }], 3, new Dense(3) { Name = "mine" });
        AssertEnd(Binary, [new Dense(1, Activation.Sigmoid)], 1, new Dense(1) { Name = "dense" });
        AssertEnd(Multiclass, [new Dense(3), new ActivationLayer(Activation.Softmax)], 3, new ActivationLayer(Activation.Linear) { Name = Names([new Dense(3), new ActivationLayer(Activation.Softmax)])[^1] });
    }

    [TestMethod]
    public void Anything_else_at_the_end_stays()
    {
        AssertEnd(Multiclass, [new Dense(3)], 3, new Dense(3) { Name = "dense" });
        AssertEnd(Binary, [new Dense(1, Activation.Softmax)], 1, new Dense(1, Activation.Softmax) { Name = "dense" });
        AssertEnd(Multiclass, [new Dense(3, Activation.Sigmoid)], 3, new Dense(3, Activation.Sigmoid) { Name = "dense" });
        AssertEnd(Regression, [new Dense(1, Activation.Softplus)], 1, new Dense(1, Activation.Softplus) { Name = "dense" });
        AssertEnd(Multiclass, [new Conv1D(3, 2), new GlobalMaxPooling1D()], 3, new GlobalMaxPooling1D { Name = "global_max_pooling1d" }, new Shape(5, 1));
    }

    [TestMethod]
    public void The_users_definition_is_left_alone()
    {
        Sequential network = [new Dense(3, Activation.Softmax)];
        Complete(Multiclass, network, 3, addOutputLayer: false);
        Assert.AreEqual(new Dense(3, Activation.Softmax) { Name = "dense" }, network.Graph.Nodes[^1].Layer);
    }

    /// <summary>Logits and probabilities train alike: one's own softmax, or none, or the layer that is added.</summary>
    [TestMethod]
    public void Ones_own_output_layer_trains_as_the_one_that_is_added_would()
    {
        Rows rows = Rows.Make(60, 2, x => x[0] > 0.3 ? 2 : x[1] > 0 ? 1 : 0);
        Microsoft.ML.DeepLayers.Training.TrainingResult Train(Sequential body, bool add)
        {
            var run = new TestRun { Head = Multiclass, Units = 3, Body = body, Training = rows, Options = new() { Epochs = 3, BatchSize = 10, AddOutputLayer = add } };
            return run.Train();
        }

        var added = Train([new Dense(6, Activation.Tanh)], add: true);
        foreach (Activation activation in new[] { Activation.Softmax, Activation.Linear })
        {
            var own = Train([new Dense(6, Activation.Tanh), new Dense(3, activation) { Name = "output" }], add: false);
            WeightAssert.AreEqual(added.Weights, own.Weights);
            CollectionAssert.AreEqual(added.History["loss"].ToArray(), own.History["loss"].ToArray());
        }
    }

    [TestMethod]
    public void A_body_that_ends_in_no_vector_says_what_to_add()
    {
        foreach (bool add in new[] { true, false })
        {
            Refuses(add, new LSTM(3, returnSequences: true), new Shape(4, 2), "lstm", "[4, 3]", "Flatten, GlobalAveragePooling1D or a recurrent layer without returnSequences");
            Refuses(add, new Dense(3), new Shape(Shape.Variable, 2), "dense", "[None, 3]", "GlobalAveragePooling1D or a recurrent layer without returnSequences");
            Refuses(add, new Dense(3), new Shape(4, 4, 2), "dense", "[4, 4, 3]", "Flatten or GlobalAveragePooling2D");
            Refuses(add, new Dense(3), new Shape(4, 4, 4, 2), "dense", "[4, 4, 4, 3]", "Flatten or GlobalAveragePooling3D");
            Refuses(add, new Dense(3), new Shape(2, 2, 2, 2, 2), "dense", "[2, 2, 2, 2, 3]", "Flatten");
        }

        static void Refuses(bool add, Layer last, Shape input, string name, string shape, string ending) => Assert.AreEqual(
            $"The network's last layer '{name}' gives shape {shape}, but the output needs a vector. End it with {ending}.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Complete(Binary, [last], 1, add, input)).Message);
    }

    [TestMethod]
    public void An_output_layer_of_ones_own_with_other_units_is_refused()
    {
        Assert.AreEqual(
            "The network ends in its own output layer (NeuralNetworkOptions.AddOutputLayer = false) with 4 units, but MulticlassClassification with this label needs 3.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Complete(Multiclass, [new Dense(4)], 3, false)).Message);
        Assert.AreEqual(
            "The network ends in its own output layer (NeuralNetworkOptions.AddOutputLayer = false) with 2 units, but BinaryClassification with this label needs 1.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Complete(Binary, [new Dense(2)], 1, false)).Message);
    }

    [TestMethod]
    public void What_looks_like_an_output_layer_before_the_one_that_is_added_is_doubted()
    {
        Assert.AreEqual(
            "The network ends in dense_1 with 3 units and Softmax, which looks like an output layer, and another one is added. If it is one, set NeuralNetworkOptions.AddOutputLayer = false.",
            Doubt(Multiclass, 3, new Dense(3), new Dense(3, Activation.Softmax)));
        Assert.IsNotNull(Doubt(Binary, 1, new Dense(1, Activation.Sigmoid)));
        Assert.IsNull(Doubt(Multiclass, 3, new Dense(3)), "no activation");
        Assert.IsNull(Doubt(Multiclass, 3, new Dense(4, Activation.Softmax)), "another number of units");
        Assert.IsNull(Doubt(Binary, 1, new Dense(1, Activation.Softmax)), "another activation");
        Assert.IsNull(Doubt(Regression, 1, new Dense(1)), "a unit of a regression may be anything");
        Assert.IsNull(Doubt(Binary, 1));
    }

    [TestMethod]
    public void A_layer_called_output_makes_way_for_no_one()
    {
        NetworkGraph graph = Complete(Binary, [new Dense(2) { Name = "output" }], 1, true);
        CollectionAssert.AreEqual(new[] { "input", "output", "output_" }, graph.Nodes.Select(node => node.Name).ToArray());
    }

    private static string? Doubt(TaskHead head, int units, params Layer[] layers) => head.Doubt(new Sequential(layers).Graph, units);

    private static void AssertEnd(TaskHead head, Sequential body, int units, Layer expected, Shape? input = null) =>
        Assert.AreEqual(expected, Complete(head, body, units, addOutputLayer: false, input).Nodes[^1].Layer);

    private static NetworkGraph Complete(TaskHead head, Sequential body, int units, bool addOutputLayer, Shape? input = null) =>
        head.Complete(body.Graph, [input ?? new Shape(5)], units, addOutputLayer);

    private static string[] Names(Sequential network) => [.. network.Graph.Nodes.Select(node => node.Name)];
}
