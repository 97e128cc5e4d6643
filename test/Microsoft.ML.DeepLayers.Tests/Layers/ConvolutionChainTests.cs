using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Convolutions behind one another, in real sizes, and over sequences whose length is known only with the batch.</summary>
[TestClass]
public sealed class ConvolutionChainTests
{
    private static readonly Dictionary<string, (Layer[] Layers, Shape Input, int Transposes)> Chains = new()
    {
        ["image to image"] = (
        [
            new Conv2D(4, 3, strides: 2, padding: Padding.Same, activation: Activation.ReLU), new DepthwiseConv2D(3, depthMultiplier: 2), new BatchNormalization(),
            new SeparableConv2D(5, 2, activation: Activation.SiLU), new Conv2DTranspose(3, 3, strides: 2, padding: Padding.Same, activation: Activation.Tanh),
            new Conv2DTranspose(2, 4, strides: 2),
        ], new Shape(10, 9, 3), 2),
        ["volume to volume"] = (
        [
            new Conv3D(3, 2, padding: Padding.Same, activation: Activation.ReLU), new BatchNormalization(), new Conv3D(2, 3, strides: 2, padding: Padding.Same),
            new Conv3DTranspose(2, 3, strides: 2, padding: Padding.Same), new ActivationLayer(Activation.Sigmoid),
        ], new Shape(4, 5, 6, 2), 2),
        ["sequence to sequence"] = (
        [
            new Conv1D(4, 3, strides: 2, padding: Padding.Same), new DepthwiseConv1D(2, padding: Padding.Causal), new BatchNormalization(),
            new SeparableConv1D(5, 3, padding: Padding.Same, activation: Activation.ReLU), new Conv1DTranspose(2, 3, strides: 2, padding: Padding.Same),
        ], new Shape(9, 3), 2),
        ["volume to numbers"] = ([new Conv3D(3, 2), new Flatten(), new Dense(2)], new Shape(3, 4, 3, 2), 2),
    };

    public static IEnumerable<string> Names => Chains.Keys;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Layouts_change_only_at_the_ends(string name)
    {
        (Layer[] layers, Shape input, int transposes) = Chains[name];
        using var harness = new LayerHarness(layers, input);
        Values values = LayerHarness.RandomInput(new LayerInfo(name, () => layers[0]), input, 3);
        NumberAssert.AreClose(harness.RunTorch(values), harness.RunOnnx(values), 1e-5, name);
        GraphProto graph = harness.ExportModel().Graph;
        string[] operators = [.. graph.Node.Select(node => node.OpType)];
        Assert.AreEqual(transposes, operators.Count(node => node == "Transpose"), string.Join(" ", operators));
        Assert.AreEqual("Transpose", operators[0], string.Join(" ", operators));
        Assert.IsFalse(operators.Contains("Pad"), string.Join(" ", operators));
    }

    /// <summary>Sizes at which both engines take their fast paths, with weights as they start.</summary>
    [TestMethod]
    public void Real_sizes_agree()
    {
        foreach ((Layer[] layers, Shape input) in new (Layer[], Shape)[]
        {
            ([new Conv3D(16, 3, padding: Padding.Same, activation: Activation.ReLU), new Conv3D(32, 3, strides: 2, padding: Padding.Same)], new Shape(8, 16, 16, 4)),
            ([new Conv3D(16, 3, groups: 4, dilationRate: (1, 2, 2))], new Shape(8, 16, 16, 8)),
            ([new DepthwiseConv2D(3, strides: 2, padding: Padding.Same), new DepthwiseConv2D(5, depthMultiplier: 2)], new Shape(32, 32, 32)),
            ([new SeparableConv2D(64, 3, padding: Padding.Same), new BatchNormalization(), new SeparableConv2D(64, 3, strides: 2)], new Shape(32, 32, 16)),
            ([new SeparableConv1D(64, 5, padding: Padding.Causal, dilationRate: 4), new DepthwiseConv1D(7, strides: 2, padding: Padding.Same)], new Shape(200, 24)),
            ([new Conv1DTranspose(32, 8, strides: 4, padding: Padding.Same), new Conv1DTranspose(8, 5, strides: 2)], new Shape(50, 16)),
            ([new Conv2DTranspose(32, 5, strides: 2, padding: Padding.Same), new Conv2DTranspose(3, 4, strides: 2, padding: Padding.Same)], new Shape(8, 8, 64)),
            ([new Conv3DTranspose(16, 3, strides: 2, padding: Padding.Same), new Conv3DTranspose(4, 2, strides: (1, 2, 2))], new Shape(4, 8, 8, 16)),
        })
        {
            using var harness = new LayerHarness(layers, input, fill: InitialWeights.Of);
            Values values = LayerHarness.RandomInput(new LayerInfo("real size", () => layers[0]), input, 4);
            NumberAssert.AreClose(harness.RunTorch(values), harness.RunOnnx(values), 1e-5, $"{layers[0]}");
        }
    }

    /// <summary>The padding of a strided window depends on the length, and is that of each batch.</summary>
    [TestMethod]
    public void Batches_may_differ_in_length()
    {
        (Layer[] layers, Shape input, _) = Chains["sequence to sequence"];
        using var variable = new LayerHarness(layers, input.With(0, Shape.Variable));
        foreach (int steps in new[] { 9, 1, 6, 7, 30 })
        {
            using var known = new LayerHarness(layers, input.With(0, steps));
            Values values = LayerHarness.RandomInput(new LayerInfo("lengths", () => layers[0]), input.With(0, steps), 2);
            Values expected = known.RunTorch(values);
            NumberAssert.AreClose(expected, variable.RunTorch(values), 1e-6, $"libtorch, {steps} steps");
            NumberAssert.AreClose(expected, variable.RunOnnx(values), 1e-5, $"ONNX Runtime, {steps} steps");
        }
    }

    [TestMethod]
    public void A_batch_that_is_too_short_is_refused_by_name()
    {
        foreach ((Layer layer, string message) in new (Layer, string)[]
        {
            (new Conv1D(2, 3) { Name = "mine" }, "Conv1D 'mine'"),
            (new DepthwiseConv1D(3) { Name = "mine" }, "DepthwiseConv1D 'mine'"),
            (new SeparableConv1D(2, 3) { Name = "mine" }, "SeparableConv1D 'mine'"),
            (new Conv1DTranspose(2, 2, strides: 2, padding: Padding.Same, outputPadding: 0) { Name = "mine" }, "Conv1DTranspose 'mine'"),
        })
        {
            using var harness = new LayerHarness([layer], new Shape(Shape.Variable, 2));
            var error = Assert.ThrowsExactly<LayerShapeException>(() => harness.RunTorch(Values.Of([1, 2], 1, 1, 2)));
            StringAssert.Contains(error.Message, message);
            StringAssert.Contains(error.Message, "[1, 2]");
        }
    }

    [TestMethod]
    public void Only_sequences_may_be_of_variable_length()
    {
        Assert.IsTrue(new Conv1D(1, 2).AllowsVariableLength);
        Assert.IsTrue(new Conv1DTranspose(1, 2).AllowsVariableLength);
        Assert.IsFalse(new Conv2D(1, 2).AllowsVariableLength);
        Assert.IsFalse(new Conv3DTranspose(1, 2).AllowsVariableLength);
    }
}
