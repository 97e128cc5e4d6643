using System.Diagnostics;
using System.Text;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Networks;

/// <summary>Definitions of very many layers: no recursion along the graph, time that grows with the layers, and limits.</summary>
[TestClass]
public sealed class LargeDefinitionTests
{
    private const int Many = 10_000;

    // Quadratic work took 7 s for this many layers; linear work takes a tenth of a second.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    [TestMethod]
    public void Many_nodes_in_a_chain_are_read_written_compared_and_shown() => AssertWhole(() => Network.FromJson(Chain(Many, i => i - 1)));

    [TestMethod]
    public void Nodes_may_be_written_from_the_last_to_the_first() => AssertWhole(() => Network.FromJson(Chain(Many, i => i - 1, backwards: true)));

    [TestMethod]
    public void Many_layers_in_a_Sequential_are_read_written_compared_and_shown() => AssertWhole(() =>
        Network.FromJson($$"""{"type":"Sequential","layers":[{"type":"Input","shape":[4]},{{string.Join(",", Enumerable.Repeat("\"ReLU\"", Many))}}]}"""));

    [TestMethod]
    public void Many_layers_applied_in_code_make_a_network() => AssertWhole(() =>
    {
        var input = new Input(4);
        LayerOutput x = input;
        for (int i = 0; i < Many; i++)
        {
            x = new ReLU().Apply(x);
        }

        return new Network(input, x);
    });

    [TestMethod]
    public void One_layer_may_be_applied_many_times() => AssertWhole(() =>
    {
        var input = new Input(4);
        var shared = new Dense(4);
        LayerOutput x = input;
        for (int i = 0; i < Many; i++)
        {
            x = shared.Apply(x);
        }

        return new Network(input, x);
    });

    [TestMethod]
    public void One_layer_may_read_many_and_a_network_may_give_many_outputs() => AssertWhole(() =>
    {
        var input = new Input(4);
        LayerOutput[] branches = [.. Enumerable.Range(0, Many / 2).Select(_ => new ReLU().Apply(input))];
        return new Network([input], [.. branches, new Add().Apply(branches)]);
    });

    [TestMethod]
    public void A_circle_of_many_nodes_is_named()
    {
        var watch = Stopwatch.StartNew();
        FormatException error = Assert.ThrowsExactly<FormatException>(() => Network.FromJson(Chain(Many, i => i == 0 ? Many - 1 : i - 1)));
        StringAssert.Contains(error.Message, "circle");
        StringAssert.Contains(error.Message, $"n{Many - 1}");
        Assert.IsTrue(error.Message.Length < 1000, error.Message);
        Assert.IsTrue(watch.Elapsed < Most, $"{watch.Elapsed}");
    }

    [TestMethod]
    public void Networks_that_double_at_each_level_are_refused()
    {
        Network network = new Sequential { new Dense(4) };
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            for (int i = 0; i < 25; i++)
            {
                network = new Sequential { network, network };
            }
        });
        StringAssert.Contains(error.Message, "100,000 layers");
    }

    [TestMethod]
    public void Networks_nest_32_levels_and_no_more()
    {
        Network network = Nested(32, inner => new Sequential { inner });
        OnASmallStack(() => Assert.AreEqual(network, Network.FromJson(network.ToJson())));
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() => _ = new Sequential { network }.ToJson());
        StringAssert.Contains(error.Message, "32 levels");
    }

    [TestMethod]
    public void Graphs_nest_32_levels_too()
    {
        Network network = Nested(32, inner =>
        {
            var input = new Input(4);
            return new Network(input, inner.Apply(input));
        });
        OnASmallStack(() => Assert.AreEqual(network, Network.FromJson(network.ToJson())));
    }

    [TestMethod]
    public void Layers_around_layers_nest_32_levels_and_no_more()
    {
        Layer layer = new Dense(4);
        for (int i = 1; i < 32; i++)
        {
            layer = new TimeDistributed(layer);
        }

        Network network = new Sequential { layer };
        OnASmallStack(() => Assert.AreEqual(network, Network.FromJson(network.ToJson())));
        Assert.ThrowsExactly<InvalidOperationException>(() => new TimeDistributed(layer));
    }

    [TestMethod]
    [DataRow("""{"type":"Sequential","layers":[""")]
    [DataRow("""{"type":"Sequential","layers":[{"type":"TimeDistributed","layer":""")]
    [DataRow("""{"a":""")]
    [DataRow("[")]
    public void Text_that_nests_without_end_is_refused(string level)
    {
        string text = string.Concat(Enumerable.Repeat(level, 50_000));
        OnASmallStack(() => Assert.ThrowsExactly<FormatException>(() => Network.FromJson(text)));
    }

    [TestMethod]
    public void A_text_of_too_many_layers_is_refused()
    {
        string text = $$"""{"type":"Sequential","layers":[{{string.Join(",", Enumerable.Repeat("\"ReLU\"", 100_001))}}]}""";
        FormatException error = Assert.ThrowsExactly<FormatException>(() => Network.FromJson(text).ToJson());
        StringAssert.Contains(error.Message, "100,000 layers");
    }

    private static void AssertWhole(Func<Network> make)
    {
        var watch = Stopwatch.StartNew();
        Network network = make();
        Network again = Network.FromJson(network.ToJson());
        Assert.AreEqual(network, again);
        Assert.AreEqual(network.GetHashCode(), again.GetHashCode());
        StringAssert.Contains(network.Summary(4), "Total params");
        Assert.IsTrue(network.ToMermaid().Length > Many);
        Assert.IsTrue(network.ToDot().Length > Many);
        Assert.IsTrue(watch.Elapsed < Most, $"{watch.Elapsed}");
    }

    private static Network Nested(int levels, Func<Network, Network> around)
    {
        Network network = new Sequential { new Input(4), new Dense(4) };
        for (int i = 1; i < levels; i++)
        {
            network = around(network);
        }

        return network;
    }

    /// <summary>Runs on a stack as small as that of threads on some systems.</summary>
    private static void OnASmallStack(Action action)
    {
        Exception? error = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception exception)
                {
                    error = exception;
                }
            },
            512 * 1024);
        thread.Start();
        thread.Join();
        if (error is not null)
        {
            Assert.Fail(error.ToString());
        }
    }

    private static string Chain(int count, Func<int, int> read, bool backwards = false)
    {
        IEnumerable<string> nodes = Enumerable.Range(0, count)
            .Select(i => $$"""{"name":"n{{i}}","layer":"ReLU","inputs":["{{(read(i) is var from && from < 0 ? "a" : $"n{from}")}}"]}""");
        var text = new StringBuilder("""{"type":"Network","nodes":[""");
        text.AppendJoin(',', (backwards ? nodes.Reverse() : nodes).Prepend("""{"name":"a","layer":{"type":"Input","shape":[4]}}"""));
        return $"{text}],\"inputs\":[\"a\"],\"outputs\":{{\"o\":\"n{count - 1}\"}}}}";
    }
}
