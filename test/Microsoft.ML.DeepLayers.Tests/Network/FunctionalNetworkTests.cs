using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>Networks as graphs: what is named, ordered, shared, nested and refused.</summary>
[TestClass]
public sealed class FunctionalNetworkTests
{
    [TestMethod]
    public void Layers_are_named_as_in_a_chain_and_each_follows_what_it_reads()
    {
        var a = new Input(4);
        LayerOutput x = new Dense(3).Apply(a);
        LayerOutput left = new Dense(2).Apply(x);
        LayerOutput right = new Dense(2).Apply(x);
        var network = new Network(a, new Join().Apply(left, right));
        Assert.AreEqual("input → dense → dense_1 → dense_2 → join", network.ToString());
        CollectionAssert.AreEqual(new[] { new NodeOutput(2), new NodeOutput(3) }, network.Graph.Nodes[4].Inputs.ToArray());
    }

    [TestMethod]
    public void A_given_name_is_not_made_up_for_another_layer()
    {
        var a = new Input(4);
        LayerOutput x = new Dense(3).Apply(a);
        var network = new Network(a, new Dense(2) { Name = "dense" }.Apply(x));
        Assert.AreEqual("input → dense_1 → dense", network.ToString());
    }

    [TestMethod]
    public void Equal_inputs_are_two_places()
    {
        Input a = new(3), b = new(3);
        Assert.AreEqual(a, b);
        var network = new Network([a, b], [new Join().Apply(a, b)]);
        Assert.HasCount(2, network.Graph.Inputs);
        CollectionAssert.AreEqual(new[] { new NodeOutput(0), new NodeOutput(1) }, network.Graph.Nodes[2].Inputs.ToArray());
    }

    [TestMethod]
    public void The_order_of_the_inputs_is_the_one_given()
    {
        Input a = new(3) { Name = "a" }, b = new(3) { Name = "b" };
        LayerOutput y = new Join().Apply(a, b);
        Assert.AreEqual("b → a → join", new Network([b, a], [y]).ToString());
    }

    [TestMethod]
    public void A_sequential_is_the_same_graph()
    {
        var a = new Input(4);
        Network functional = new(a, new Dense(1).Apply(new Dense(3, Activation.ReLU).Apply(a)));
        Assert.AreEqual(functional, new Sequential { new Input(4), new Dense(3, Activation.ReLU), new Dense(1) });
    }

    [TestMethod]
    public void A_layer_applied_twice_has_one_set_of_weights()
    {
        Input a = new(3), b = new(3);
        var shared = new Dense(2);
        var network = new Network([a, b], [new Join().Apply(shared.Apply(a), shared.Apply(b))]);
        NetworkGraph graph = network.Graph;
        Assert.AreEqual("dense:2", graph.Nodes[3].Name);
        Assert.AreEqual(2, graph.Nodes[3].SharedWith);
        string[] weights = [.. graph.Weights(graph.InferShapes([new Shape(3), new Shape(3)])).Select(weight => weight.FullName)];
        CollectionAssert.AreEqual(new[] { "dense/kernel", "dense/bias" }, weights);

        Input c = new(3), d = new(3);
        var apart = new Network([c, d], [new Join().Apply(new Dense(2).Apply(c), new Dense(2).Apply(d))]);
        Assert.AreNotEqual(network, apart);
    }

    [TestMethod]
    public void Sharing_refuses_inputs_that_need_other_weights()
    {
        Input a = new(3), b = new(4);
        var shared = new Dense(2) { Name = "mine" };
        var network = new Network([a, b], [new Join().Apply(shared.Apply(a), shared.Apply(b))]);
        var error = Assert.ThrowsExactly<LayerShapeException>(() => network.Graph.InferShapes([new Shape(3), new Shape(4)]));
        StringAssert.Contains(error.Message, "Dense 'mine' expects inputs like those of its first application, [3]");
        StringAssert.Contains(error.Message, "[4]");
    }

    [TestMethod]
    public void A_nested_network_becomes_part_of_the_outer_one()
    {
        Network encoder = new Sequential { new Dense(4, Activation.ReLU), new Dense(2) };
        Input a = new(3), b = new(3);
        var network = new Network([a, b], [new Join().Apply(encoder.Apply(a), encoder.Apply(b))]);
        Assert.AreEqual(
            "input → input_1 → network/input → network/dense → network/dense_1 → network:2/input → network:2/dense → network:2/dense_1 → join",
            network.ToString());
        NetworkGraph graph = network.Graph;
        string[] weights = [.. graph.Weights(graph.InferShapes([new Shape(3), new Shape(3)])).Select(weight => weight.FullName)];
        CollectionAssert.AreEqual(new[] { "network/dense/kernel", "network/dense/bias", "network/dense_1/kernel", "network/dense_1/bias" }, weights);
    }

    [TestMethod]
    public void A_sequential_takes_a_network_as_a_layer()
    {
        Sequential inner = [new Dense(4), new Dropout(0.1f)];
        var network = new Sequential { new Dense(3), inner, new Dense(1) };
        Assert.AreEqual("input → dense → network/input → network/dense → network/dropout → dense_1", network.ToString());
    }

    [TestMethod]
    public void Outputs_are_named_by_their_layers_or_as_given()
    {
        var a = new Input(3);
        LayerOutput x = new Dense(2) { Name = "price" }.Apply(a), y = new Dense(2).Apply(a);
        CollectionAssert.AreEqual(new[] { "price", "dense" }, new Network([a], [x, y]).OutputNames.ToArray());
        var named = new Network([a], new Dictionary<string, LayerOutput> { ["one"] = x, ["other"] = y });
        CollectionAssert.AreEqual(new[] { "one", "other" }, named.OutputNames.ToArray());
        Assert.AreNotEqual(new Network([a], [x, y]), named);
    }

    [TestMethod]
    public void What_hangs_loose_is_refused_by_name()
    {
        Input a = new(3) { Name = "left" }, b = new(new Shape(3), column: "Right");
        LayerOutput both = new Join().Apply(a, b);
        AssertRefused("The network reads Input of column 'Right', which is not among its inputs", () => new Network(a, both));
        AssertRefused("No output of the network depends on Input 'left'", () => new Network([b, a], [new Dense(1).Apply(b)]));
        AssertRefused("Input 'left' is given twice", () => new Network([a, a], [new Dense(1).Apply(a)]));
        AssertRefused("at least one input and one output", () => new Network([a], Array.Empty<LayerOutput>()));
        AssertRefused("Two layers of the network are named 'x'", () => new Network(a, new Dense(1) { Name = "x" }.Apply(new Dense(1) { Name = "x" }.Apply(a))));
        AssertRefused("An output cannot be named 'a/b'", () => new Network([a], new Dictionary<string, LayerOutput> { ["a/b"] = new Dense(1).Apply(a) }));
        AssertRefused("An Input reads no other layer", () => a.Apply(b));
        AssertRefused("gives 2 outputs", () => new Sequential { new Halves() });
        var error = Assert.ThrowsExactly<ArgumentException>(() => new Dense(1).Apply());
        StringAssert.Contains(error.Message, "Dense must be applied to outputs of other layers");
    }

    [TestMethod]
    public void A_layer_with_two_outputs_is_taken_apart()
    {
        var a = new Input(4);
        (LayerOutput first, LayerOutput second) = new Halves().Apply(a);
        var network = new Network([a], [first, second]);
        CollectionAssert.AreEqual(new[] { new NodeOutput(1), new NodeOutput(1, 1) }, network.Graph.Outputs.ToArray());
        CollectionAssert.AreEqual(new[] { "halves", "halves_1" }, network.OutputNames.ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => first.Output(2));
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new LSTM(2).Apply(new Input(3, 1)).Output(1)).Message,
            "LSTM has 1 output(s), counted from 0. It gives its states with returnState: true.");
    }

    [TestMethod]
    public void Variable_lengths_are_refused_where_a_layer_needs_to_know()
    {
        Sequential network = [new Input(Shape.Variable, 2), new Dense(3), new Flatten()];
        var error = Assert.ThrowsExactly<LayerShapeException>(() => network.Graph.InferShapes([new Shape(Shape.Variable, 2)]));
        StringAssert.Contains(error.Message, "Flatten 'flatten' expects inputs of a known number of steps, but was given [None, 3]");
    }

    /// <summary>A chain of layers is placed without recursion.</summary>
    [TestMethod]
    public void Networks_may_be_deep()
    {
        var a = new Input(2);
        LayerOutput x = a;
        for (int i = 0; i < 20_000; i++)
        {
            x = new ActivationLayer(Activation.ReLU) { Name = $"a{i}" }.Apply(x);
        }

        Assert.HasCount(20_001, new Network(a, x).Graph.Nodes);
    }

    private static void AssertRefused(string message, Func<object> create) =>
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(create).Message, message);
}
