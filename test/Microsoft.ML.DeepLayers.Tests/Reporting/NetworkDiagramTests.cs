using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Tests.Networks;

namespace Microsoft.ML.DeepLayers.Tests.Reporting;

/// <summary>Graphs as text: the summary with its connections, Mermaid and DOT.</summary>
[TestClass]
public sealed class NetworkDiagramTests
{
    private static readonly Network Network = Create();

    [TestMethod]
    public void The_summary_of_a_graph_says_what_each_layer_reads()
    {
        var a = new Input(Shape.Variable, 4);
        (LayerOutput first, LayerOutput second) = new Halves().Apply(new Flat().Apply(a));
        Assert.AreEqual(
            """
             Layer (type)     Output shape            Param #  Connected to
            ─────────────────────────────────────────────────────────────────────
             input (Input)    (batch, None, 4)              0
             flat (Flat)      (batch, 4)                    0  input
             halves (Halves)  (batch, 2), (batch, 2)        0  flat
             join (Join)      (batch, 2)                    0  halves, halves[1]
            ─────────────────────────────────────────────────────────────────────
            Total params: 0 (0 B)
            Trainable params: 0 (0 B)
            Non-trainable params: 0 (0 B)

            """.ReplaceLineEndings("\n"), new Network(a, new Join().Apply(first, second)).Summary());
    }

    [TestMethod]
    public void The_summary_counts_a_shared_layer_once()
    {
        string summary = Network.Summary();
        StringAssert.Contains(summary, " dense (Dense)    (batch, 4)          20  left\n dense:2 (Dense)  (batch, 4)    as dense  right\n");
        StringAssert.Contains(summary, "Total params: 20 (80 B)");
    }

    [TestMethod]
    public void Mermaid() => Assert.AreEqual(
        """
        flowchart TD
            n0(["left<br/>Input"])
            n1(["right<br/>Input"])
            n2["dense<br/>Dense"]
            n3["dense:2<br/>Dense, shared with dense"]
            n4["join<br/>Join"]
            n0 --> n2
            n1 --> n3
            n2 --> n4
            n3 --> n4
            n4 --> o0(["the #quot;sum#quot;"])

        """.ReplaceLineEndings("\n"), Network.ToMermaid());

    [TestMethod]
    public void Dot() => Assert.AreEqual(
        """
        digraph network {
            node [shape=box, fontname="Helvetica"];
            n0 [label="left\nInput", style=rounded];
            n1 [label="right\nInput", style=rounded];
            n2 [label="dense\nDense"];
            n3 [label="dense:2\nDense, shared with dense"];
            n4 [label="join\nJoin"];
            n0 -> n2;
            n1 -> n3;
            n2 -> n4;
            n3 -> n4;
            o0 [label="the \"sum\"", style=rounded];
            n4 -> o0;
        }

        """.ReplaceLineEndings("\n"), Network.ToDot());

    private static Network Create()
    {
        Input a = new(4) { Name = "left" }, b = new(4) { Name = "right" };
        var shared = new Dense(4);
        return new Network([a, b], new Dictionary<string, LayerOutput> { ["the \"sum\""] = new Join().Apply(shared.Apply(a), shared.Apply(b)) });
    }

    /// <summary>Takes the steps away.</summary>
    private sealed record Flat : SingleInputLayer
    {
        public override bool AllowsVariableLength => true;

        public override Shape ComputeOutputShape(Shape input) => new(input[-1]);

        public override TensorFunction Build(LayerBuilder builder, Shape input) => throw new NotSupportedException();

        public override OnnxValue Export(OnnxGraphBuilder onnx, OnnxValue input) => throw new NotSupportedException();
    }
}
