using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

[TestClass]
public sealed class ChangedLayersTests
{
    [TestMethod]
    public void A_chain_keeps_its_names_and_the_layers_that_stay()
    {
        var network = new Sequential { new Dense(4), new Dropout(0.5f), new Dense(3) };
        Network frozen = network.WithLayers(layer => layer.Name == "dense" ? layer with { Trainable = false } : layer);
        CollectionAssert.AreEqual(network.Graph.Nodes.Select(node => node.Name).ToArray(), frozen.Graph.Nodes.Select(node => node.Name).ToArray());
        CollectionAssert.AreEqual(new[] { true, false, true, true }, frozen.Graph.Nodes.Select(node => node.Layer.Trainable).ToArray());
        Assert.AreEqual(network, network.WithLayers(layer => layer));
        Assert.AreEqual(frozen, Network.FromJson(frozen.ToJson()));
    }

    [TestMethod]
    public void A_graph_with_a_shared_layer_changes_it_everywhere()
    {
        Input left = new(2), right = new(2);
        var shared = new Dense(3);
        var network = new Network([left, right], [new Add().Apply(shared.Apply(left), shared.Apply(right))]);
        Network slow = network.WithLayers(layer => layer with { LearningRateFactor = 0.5f });
        Assert.IsTrue(slow.Graph.Nodes.Where(node => node.Layer is Dense).All(node => node.Layer.LearningRateFactor == 0.5f));
        Assert.AreEqual(network.OutputNames[0], slow.OutputNames[0]);
        Assert.AreEqual(slow, Network.FromJson(slow.ToJson()));
        Assert.AreEqual(network, slow.WithLayers(layer => layer with { LearningRateFactor = 1 }));
    }

    [TestMethod]
    public void A_layer_of_another_kind_is_refused() => StringAssert.Contains(
        Assert.ThrowsExactly<ArgumentException>(() => new Sequential { new Dense(4) }.WithLayers(_ => new Flatten())).Message,
        "The layer 'dense' is a Dense and cannot become a Flatten");

    [TestMethod]
    public void Frozen_layers_of_a_nested_network_are_frozen()
    {
        var inner = new Sequential { new Dense(4), new Dense(3) };
        var outer = new Sequential { inner, new Dense(2) };
        Network frozen = outer.WithLayers(layer => layer is NetworkLayer ? layer with { Trainable = false } : layer);
        CollectionAssert.AreEqual(
            new[] { false, false, true },
            frozen.Graph.Nodes.Where(node => node.Layer is Dense).Select(node => node.Layer.Trainable).ToArray());
    }
}
