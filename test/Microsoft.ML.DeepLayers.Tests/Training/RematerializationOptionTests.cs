using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What the option says, and where it cuts.</summary>
[TestClass]
public sealed class RematerializationOptionTests
{
    [TestMethod]
    public void It_is_off_by_default() => Assert.IsNull(new NeuralNetworkOptions().Rematerialization);

    [TestMethod]
    public void It_compares_by_value()
    {
        Assert.AreEqual(Rematerialization.After("a", "b"), Rematerialization.After("a", "b"));
        Assert.AreEqual(Rematerialization.After("a", "b").GetHashCode(), Rematerialization.After("a", "b").GetHashCode());
        Assert.AreNotEqual(Rematerialization.After("a"), Rematerialization.After("b"));
        Assert.AreNotEqual(Rematerialization.Automatic, Rematerialization.Full);
        Assert.AreNotEqual(Rematerialization.Automatic, Rematerialization.After("a"));
        Assert.AreEqual("Automatic, Full, after a, b", $"{Rematerialization.Automatic}, {Rematerialization.Full}, {Rematerialization.After("a", "b")}");
    }

    [TestMethod]
    public void Names_are_checked()
    {
        Assert.AreEqual("layerNames", Assert.ThrowsExactly<ArgumentException>(() => Rematerialization.After()).ParamName);
        Assert.AreEqual("layerNames", Assert.ThrowsExactly<ArgumentException>(() => Rematerialization.After(" ")).ParamName);
        StringAssert.StartsWith(Assert.ThrowsExactly<ArgumentException>(() => Rematerialization.After("a", "a")).Message, "The layer 'a' is named twice.");
        Assert.AreEqual(
            "Rematerialization names the layer 'block', which the network does not have. It has: input, first, second.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Segments(Chain(), Rematerialization.After("block"))).Message);
    }

    [TestMethod]
    [DataRow("\"Automatic\"")]
    [DataRow("\"Full\"")]
    [DataRow("[\"a\",\"b\"]")]
    public void It_is_written_and_read_as_JSON(string json)
    {
        Rematerialization value = JsonSerializer.Deserialize<Rematerialization>(json, ComponentJson.Options)!;
        Assert.AreEqual(json, string.Concat(JsonSerializer.Serialize(value, ComponentJson.Options).Where(letter => !char.IsWhiteSpace(letter))));
        var options = new NeuralNetworkOptions { Rematerialization = value };
        NeuralNetworkOptions read = JsonSerializer.Deserialize<NeuralNetworkOptions>(JsonSerializer.Serialize(options, ComponentJson.Options), ComponentJson.Options)!;
        Assert.AreEqual(value, read.Rematerialization);
    }

    [TestMethod]
    [DataRow("\"None\"", "rematerialization is \"Automatic\", \"Full\" or [\"layer\", ...].")]
    [DataRow("3", "rematerialization is \"Automatic\", \"Full\" or [\"layer\", ...].")]
    [DataRow("[]", "Name one layer at least.")]
    public void Other_JSON_is_refused(string json, string message) => StringAssert.StartsWith(
        Assert.ThrowsExactly<JsonException>(() => JsonSerializer.Deserialize<Rematerialization>(json, ComponentJson.Options)).Message, message);

    [TestMethod]
    public void Segments_end_behind_the_layers_that_are_named()
    {
        Assert.AreEqual("0-3", Segments(Chain(), null));
        Assert.AreEqual("0-2, 2-3", Segments(Chain(), Rematerialization.After("first")));
        Assert.AreEqual("0-3", Segments(Chain(), Rematerialization.After("second")));
        Assert.AreEqual("0-2, 2-3", Segments(Chain(), Rematerialization.Full));
    }

    [TestMethod]
    public void A_nested_network_ends_with_its_last_layer()
    {
        Network network = new Sequential
        {
            new Input(4), new NetworkLayer(new Sequential { new Input(4), new Dense(3), new Dense(4) }) { Name = "block" }, new Dense(2),
        };
        Assert.AreEqual("0-4, 4-5", Segments(network, Rematerialization.After("block")));
    }

    /// <summary>n equal layers make about √n segments; what is kept and a segment together are about 2 √n of them.</summary>
    [TestMethod]
    [DataRow(9, 6)]
    [DataRow(16, 8)]
    [DataRow(100, 20)]
    public void Automatic_segments_of_equal_layers(int layers, int expectedPeak)
    {
        Sequential network = [new Input(8)];
        for (int i = 0; i < layers; i++)
        {
            network.Add(new Dense(8));
        }

        IReadOnlyList<GraphSegment> segments = SegmentsOf(network, Rematerialization.Automatic);
        Assert.IsInRange(Math.Sqrt(layers) - 1, Math.Sqrt(layers) + 1, segments.Count);
        Assert.IsLessThanOrEqualTo(expectedPeak, GraphSegment.PeakBytes(segments, value => value.Node == 0 ? 0 : 1, _ => 1));
    }

    [TestMethod]
    public void Automatic_cuts_where_little_is_kept()
    {
        // Behind each of the small ones.
        Network network = new Sequential { new Input(4), new Dense(100), new Dense(100), new Dense(2), new Dense(100), new Dense(100), new Dense(2), new Dense(100) };
        Assert.AreEqual("0-4, 4-7, 7-8", Segments(network, Rematerialization.Automatic));
    }

    [TestMethod]
    public void Where_nothing_is_gained_nothing_is_cut()
    {
        Assert.AreEqual("0-2", Segments(new Sequential { new Input(4), new Dense(3) }, Rematerialization.Automatic));
        Assert.AreEqual("0-3", Segments(new Sequential { new Input(4), new Dense(100), new Dense(1) }, Rematerialization.Automatic));
    }

    /// <summary>A skip across a cut is kept too; what nobody reads any more is not.</summary>
    [TestMethod]
    public void What_crosses_a_cut_is_known()
    {
        var input = new Input(4);
        LayerOutput first = new Dense(4) { Name = "first" }.Apply(input), second = new Dense(4) { Name = "second" }.Apply(first);
        LayerOutput third = new Dense(4) { Name = "third" }.Apply(second);
        IReadOnlyList<GraphSegment> segments = SegmentsOf(new Network(input, new Add().Apply(third, first)), Rematerialization.After("second"));
        CollectionAssert.AreEqual(new NodeOutput[] { new(2), new(1) }, segments[0].Gives.ToArray());
        CollectionAssert.AreEqual(new NodeOutput[] { new(2), new(1) }, segments[1].Reads.ToArray());
    }

    private static Sequential Chain() => new() { new Input(4), new Dense(3) { Name = "first" }, new Dense(2) { Name = "second" } };

    private static string Segments(Network network, Rematerialization? rematerialization) =>
        string.Join(", ", SegmentsOf(network, rematerialization).Select(segment => $"{segment.First}-{segment.End}"));

    private static IReadOnlyList<GraphSegment> SegmentsOf(Network network, Rematerialization? rematerialization)
    {
        NetworkGraph graph = network.Graph;
        return GraphSegment.Of(graph, graph.InferShapes([new Shape(network.Graph.Nodes[0].Layer is Input { Shape: { } shape } ? shape[0] : 4)]), rematerialization);
    }
}
