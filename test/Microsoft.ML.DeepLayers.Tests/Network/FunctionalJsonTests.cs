using CsCheck;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>Graphs of layers as JSON.</summary>
[TestClass]
public sealed class FunctionalJsonTests
{
    [TestMethod]
    public void A_graph_is_written_by_names()
    {
        var a = new Input(new Shape(4), column: "Left");
        Input b = new(4) { Name = "other" };
        var shared = new Dense(3, Activation.ReLU);
        (LayerOutput first, LayerOutput second) = new Halves().Apply(shared.Apply(b));
        Network network = new([a, b], new Dictionary<string, LayerOutput> { ["sum"] = new Join().Apply(shared.Apply(a), first), ["half"] = second });
        Assert.AreEqual(
            """
            {
              "type": "Network",
              "nodes": [
                {
                  "name": "input",
                  "layer": {
                    "type": "Input",
                    "shape": [
                      4
                    ],
                    "column": "Left"
                  }
                },
                {
                  "name": "other",
                  "layer": {
                    "type": "Input",
                    "shape": [
                      4
                    ]
                  }
                },
                {
                  "name": "dense",
                  "layer": {
                    "type": "Dense",
                    "units": 3,
                    "activation": "ReLU"
                  },
                  "inputs": [
                    "input"
                  ]
                },
                {
                  "name": "dense:2",
                  "sharedWith": "dense",
                  "inputs": [
                    "other"
                  ]
                },
                {
                  "name": "halves",
                  "layer": "Halves",
                  "inputs": [
                    "dense:2"
                  ]
                },
                {
                  "name": "join",
                  "layer": "Join",
                  "inputs": [
                    "dense",
                    "halves"
                  ]
                }
              ],
              "inputs": [
                "input",
                "other"
              ],
              "outputs": {
                "sum": "join",
                "half": "halves[1]"
              }
            }
            """.ReplaceLineEndings("\n"),
            network.ToJson().ReplaceLineEndings("\n"));
        AssertRoundTrip(network);
    }

    [TestMethod]
    public void Nested_and_shared_networks_read_back_equal()
    {
        var x = new Input(3);
        var block = new Network(x, new Join().Apply(x, new Dense(3).Apply(new Dense(5, Activation.Tanh).Apply(x))));
        Input a = new(3), b = new(3);
        LayerOutput left = block.Apply(block.Apply(a));
        AssertRoundTrip(new Network([a, b], [new Join().Apply(left, new Dense(3).Apply(block.Apply(b)))]));
        AssertRoundTrip(new Sequential { new Dense(3), block, new Dense(2) });
    }

    [TestMethod]
    public void Nodes_may_be_written_in_any_order() => Assert.AreEqual<Network>(
        new Sequential { new Input(4), new Dense(3), new Dense(1) },
        Network.FromJson("""
            { "type": "Network",
              "nodes": [ { "name": "dense_1", "layer": { "type": "Dense", "units": 1 }, "inputs": ["dense"] },
                         { "name": "dense", "layer": { "type": "Dense", "units": 3 }, "inputs": ["input"] },
                         { "name": "input", "layer": { "type": "Input", "shape": [4] } } ],
              "inputs": ["input"], "outputs": { "dense_1": "dense_1" } }
            """));

    [TestMethod]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["y"] }, { "name": "y", "layer": "Flatten", "inputs": ["x"] }""", "The nodes read each other in a circle: x ← y ← x.")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["x"] }""", "in a circle: x ← x.")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["b"] }""", "Node 'b', read by node 'x', does not exist. There are: a, x.")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["a[1]"] }""", "'a[1]', read by node 'x', does not exist: 'a' has 1 output(s)")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["a[one]"] }""", "'a[one]', read by node 'x', is no output of a node")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten" }""", "Node 'x' reads nothing")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "inputs": ["a"] }""", "Node 'x' needs either a \"layer\" or \"sharedWith\"")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["a"] }, { "name": "x", "layer": "Flatten", "inputs": ["a"] }""", "Two nodes are named 'x'.")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flaten", "inputs": ["a"] }""", "node 'x' cannot be read: there is no layer named 'Flaten'")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": [7] }""", "the name of a node was expected, but 7 was found")]
    [DataRow("""{ "name": "a", "layer": "Input" }, { "name": "x", "layer": "Flatten", "inputs": ["a"], "units": 3 }""", "but \"units\" was found")]
    [DataRow("""{ "name": "a", "layer": "Dense" }, { "name": "x", "layer": "Flatten", "inputs": ["a"] }""", "needs \"units\"")]
    [DataRow("""{ "name": "a", "layer": { "type": "Input", "name": "b" } }, { "name": "x", "layer": "Flatten", "inputs": ["a"] }""", "Node 'a' has a name of its own within its layer")]
    public void Graphs_that_make_no_sense(string nodes, string message)
    {
        var error = Assert.ThrowsExactly<FormatException>(() => Network.FromJson(
            $$"""{ "type": "Network", "nodes": [ {{nodes}} ], "inputs": ["a"], "outputs": { "y": "x" } }"""));
        StringAssert.Contains(error.Message, message);
    }

    [TestMethod]
    public void Random_graphs_read_back_equal() => Graphs.Sample(AssertRoundTrip, iter: 100);

    /// <summary>Graphs of a few layers that each read one or two of what came before; some instances are applied twice.</summary>
    internal static Gen<Network> Graphs { get; } = Gen.Int[0, int.MaxValue].Select(seed =>
    {
        var random = new Random(seed);
        Input[] inputs = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new Input(4))];
        List<LayerOutput> values = [.. inputs];
        Layer[] layers = [new Dense(4, Activation.Tanh), new Dense(4), new Dropout(0.5f), new BatchNormalization(), new ActivationLayer(Activation.ReLU)];
        for (int i = 0; i < 10; i++)
        {
            values.Add(random.Next(3) == 0
                ? new Join().Apply(values[random.Next(values.Count)], values[random.Next(values.Count)])
                : layers[random.Next(layers.Length)].Apply(values[random.Next(values.Count)]));
        }

        return new Network(inputs, [new Join().Apply([.. inputs, values[^1]]), values[^1]]);
    });

    private static void AssertRoundTrip(Network network)
    {
        string json = network.ToJson();
        Network read = Network.FromJson(json);
        Assert.AreEqual(network, read, json);
        Assert.AreEqual(json, read.ToJson());
    }
}
