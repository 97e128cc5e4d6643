using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed class SequentialTests
{
    public static IEnumerable<object[]> Uses =>
    [
        [new Use("Summary", network => network.Summary(4))],
        [new Use("ToJson", network => network.ToJson())],
        [new Use("ToString", network => network.ToString())],
        [new Use("Equals", network => network.Equals(new Sequential()))],
        [new Use("being compared with", network => new Sequential().Equals(network))],
        [new Use("GetHashCode", network => network.GetHashCode())],
        [new Use("training", network => new MLContext().Regression.Trainers.NeuralNetwork(network))],
    ];

    [TestMethod]
    public void Collection_initializer_and_collection_expression_and_constructor_say_the_same()
    {
        Layer[] layers = [new Dense(3), new Dropout(0.5f), new Dense(2)];
        var initialized = new Sequential { layers[0], layers[1], layers[2] };
        Sequential expression = [.. layers];
        var constructed = new Sequential(layers);

        CollectionAssert.AreEqual(layers, initialized.ToArray());
        CollectionAssert.AreEqual(layers, expression.ToArray());
        CollectionAssert.AreEqual(layers, constructed.ToArray());
        Assert.HasCount(3, initialized);
        Assert.AreSame(layers[1], initialized[1]);
    }

    [TestMethod]
    [DynamicData(nameof(Uses))]
    public void Layers_can_be_added_until_the_first_use_and_then_the_error_says_what_to_do(Use use)
    {
        ArgumentNullException.ThrowIfNull(use);
        var network = new Sequential { new Dense(3) };
        network.Add(new Dense(2));
        use.Of(network);

        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => network.Add(new Dropout(0.1f)));
        Assert.AreEqual(
            "This network has been used already, so its definition is frozen. Make a new one: new Sequential([.. network, new Dropout(...)]).",
            error.Message);
        Assert.HasCount(2, network);
    }

    [TestMethod]
    public void Enumerating_and_indexing_do_not_freeze()
    {
        var network = new Sequential { new Dense(3) };
        Assert.HasCount(1, network.ToArray());
        Assert.AreEqual(new Dense(3), network[0]);
        network.Add(new Dense(2));
        Assert.HasCount(2, network);
    }

    [TestMethod]
    public void A_frozen_network_can_be_continued_as_the_error_says()
    {
        var network = new Sequential { new Input(4), new Dense(3) };
        string before = network.ToJson();
        Sequential longer = [.. network, new Dense(1)];
        Assert.AreEqual("input → dense → dense_1", longer.ToString());
        Assert.AreEqual(before, network.ToJson());
    }

    [TestMethod]
    public void An_Input_can_only_come_first()
    {
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => new Sequential { new Dense(3), new Input(4) });
        Assert.AreEqual("In a Sequential network an Input can only come first.", error.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => new Sequential([new Input(4), new Input(4)]));
        Assert.HasCount(1, new Sequential { new Input(4) });
    }

    [TestMethod]
    public void Null_is_no_layer()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => new Sequential().Add((Layer)null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => new Sequential(null!));
    }

    [TestMethod]
    public void Without_an_Input_the_graph_begins_with_one_of_unknown_shape()
    {
        NetworkGraph graph = new Sequential { new Dense(3) }.Graph;
        CollectionAssert.AreEqual(new[] { "input", "dense" }, graph.Nodes.Select(node => node.Name).ToArray());
        Assert.AreEqual(new Input(default(Shape?)) { Name = "input" }, graph.Nodes[0].Layer);
        CollectionAssert.AreEqual(new[] { 0 }, graph.Inputs.ToArray());
        CollectionAssert.AreEqual(new[] { new NodeOutput(1) }, graph.Outputs.ToArray());
    }

    [TestMethod]
    public void An_empty_network_passes_its_input_on()
    {
        NetworkGraph graph = new Sequential().Graph;
        Assert.HasCount(1, graph.Nodes);
        Assert.AreEqual(new Shape(7), graph.InferShapes([new Shape(7)])[graph.Outputs[0]]);
    }

    /// <summary>A way to use a network.</summary>
    public sealed record Use(string Name, Action<Sequential> Of)
    {
        public override string ToString() => Name;
    }
}
