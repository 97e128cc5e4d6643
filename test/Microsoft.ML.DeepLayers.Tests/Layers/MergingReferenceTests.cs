using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Merges by their definitions: Keras's broadcasting, its axes that count the batch, and its rules for masks.</summary>
[TestClass]
public sealed class MergingReferenceTests
{
    private static readonly Values First = Values.Of([1, -2, 3, 4], 1, 2, 2);
    private static readonly Values Second = Values.Of([5, 6, -7, 8], 1, 2, 2);
    private static readonly Values Third = Values.Of([10, 20, 30, 40], 1, 2, 2);

    [TestMethod]
    public void Element_by_element()
    {
        AssertGives([16, 24, 26, 52], null, new Add(), [First, Second, Third]);
        AssertGives([50, -240, -630, 1280], null, new Multiply(), [First, Second, Third]);
        AssertGives([16 / 3.0, 8, 26 / 3.0, 52 / 3.0], null, new Average(), [First, Second, Third]);
        AssertGives([10, 20, 30, 40], null, new Maximum(), [First, Second, Third]);
        AssertGives([1, -2, -7, 4], null, new Minimum(), [First, Second, Third]);
        AssertGives([-4, -8, 10, -4], null, new Subtract(), [First, Second]);
        AssertGives([1, -2, 3, 4], null, new Average(), [First]);
    }

    [TestMethod]
    public void Fewer_dimensions_spread_over_more()
    {
        AssertGives([11, 18, 13, 24], null, new Add(), [First, Values.Of([10, 20], 1, 2)]);
        // A value a step: [2, 1] over [2, 2].
        AssertGives([10, -20, 60, 80], null, new Multiply(), [First, Values.Of([10, 20], 1, 2, 1)]);
        // Each example of the batch has its own.
        AssertGives([11, 12, 23, 24], null, new Add(), [Values.Of([1, 2, 3, 4], 2, 2, 1), Values.Of([10, 20], 2, 1)]);
    }

    [TestMethod]
    public void A_step_counts_where_it_counts_in_one_of_the_inputs()
    {
        Values?[] masks = [Mask(1, 0), Mask(0, 0)];
        AssertGives([6, 4, -4, 12], [1, 0], new Add(), [First, Second], masks);
        AssertGives([3, 2, -2, 6], [1, 0], new Average(), [First, Second], masks);
        AssertGives([-4, -8, 10, -4], [1, 1], new Subtract(), [First, Second], [Mask(1, 0), Mask(0, 1)]);
        AssertGives([6, 4, -4, 12], null, new Add(), [First, Second], [Mask(1, 0), null]);
    }

    [TestMethod]
    public void Masked_steps_are_one_in_a_product()
    {
        // Step 1 counts in the first alone, step 2 in neither: 0.
        AssertGives([1, -2, 0, 0], [1, 0], new Multiply(), [First, Second], [Mask(1, 0), Mask(0, 0)]);
        AssertGives([5, -12, -7, 8], null, new Multiply(), [First, Second], [Mask(1, 0), null]);
    }

    [TestMethod]
    public void Masked_steps_are_not_compared()
    {
        AssertGives([1, -2, 3, 8], [1, 1], new Maximum(), [First, Second], [Mask(1, 1), Mask(0, 1)]);
        AssertGives([5, 6, -7, 4], [1, 1], new Minimum(), [First, Second], [Mask(0, 1), Mask(1, 1)]);
        // Step 2 counts in neither: as in Keras, the first input's values go on.
        AssertGives([1, -2, 3, 4], [1, 0], new Maximum(), [First, Second], [Mask(1, 0), Mask(0, 0)]);
        AssertGives([10, 20, 30, 40], [1, 1], new Maximum(), [First, Second, Third], [Mask(1, 0), Mask(0, 0), Mask(1, 1)]);
        // Once an input without a mask is in, nothing is left out before it.
        AssertGives([5, 6, 3, 8], null, new Maximum(), [First, Second], [null, Mask(1, 1)]);
        AssertGives([1, -2, 3, 8], null, new Maximum(), [First, Second], [null, Mask(0, 1)]);
    }

    [TestMethod]
    public void An_input_that_spreads_over_steps_ends_the_mask()
    {
        AssertGives([11, 18, 13, 24], null, new Add(), [First, Values.Of([10, 20], 1, 2)], [Mask(1, 0), null]);
        AssertGives([5, 6, 5, 6], [1, 1], new Multiply(), [First, Values.Of([5, 6], 1, 1, 2)], [Mask(0, 0), Mask(1)]);
    }

    [TestMethod]
    public void Axes_count_the_batch()
    {
        AssertGives([1, -2, 3, 4, 5, 6, -7, 8], null, new Concatenate(1), [First, Second]);
        AssertGives([1, -2, 5, 6, 3, 4, -7, 8], null, new Concatenate(), [First, Second]);
        AssertGives([1, -2, 5, 6, 3, 4, -7, 8], null, new Concatenate(2), [First, Second]);
        Assert.AreEqual(new Shape(4, 2), new Concatenate(1).ComputeOutputShapes([new Shape(3, 2), new Shape(1, 2)])[0]);
        Assert.AreEqual(new Shape(Shape.Variable, 2), new Concatenate(1).ComputeOutputShapes([new Shape(3, 2), new Shape(Shape.Variable, 2)])[0]);
        Assert.AreEqual(new Shape(3, 4), new Concatenate().ComputeOutputShapes([new Shape(3, 2), new Shape(Shape.Variable, 2)])[0]);
    }

    [TestMethod]
    public void Masks_are_concatenated_along_steps()
    {
        AssertGives([1, -2, 3, 4, 5, 6, -7, 8], [1, 0, 0, 1], new Concatenate(1), [First, Second], [Mask(1, 0), Mask(0, 1)]);
        AssertGives([1, -2, 3, 4, 5, 6, -7, 8], [1, 1, 0, 1], new Concatenate(1), [First, Second], [null, Mask(0, 1)]);
        AssertGives([1, -2, 5, 6, 3, 4, -7, 8], [1, 0], new Concatenate(), [First, Second], [Mask(1, 0), Mask(0, 0)]);
        AssertGives([1, -2, 5, 6, 3, 4, -7, 8], [1, 1], new Concatenate(), [First, Second], [Mask(1, 0), null]);
    }

    [TestMethod]
    public void Dot_products_by_hand()
    {
        // Keras's own example: axes (1, 2) of [5, 2] and [2, 5] gives [2, 2].
        double[] left = [.. Enumerable.Range(0, 10).Select(i => (double)i)];
        double[] right = [.. Enumerable.Range(10, 10).Select(i => (double)i)];
        AssertGives([260, 360, 320, 445], null, new Dot([1, 2]), [Values.Of(left, 1, 5, 2), Values.Of(right, 1, 2, 5)]);
        AssertGives([11, 39], null, new Dot(1), [Values.Of([1, 2, 3, 4], 2, 2), Values.Of([3, 4, 1, 9], 2, 2)]);
        AssertGives([0.96], null, new Dot(1, normalize: true), [Values.Of([3, 4], 1, 2), Values.Of([8, 6], 1, 2)]);
        AssertGives([0], null, new Dot(-1, normalize: true), [Values.Of([0, 0], 1, 2), Values.Of([8, 6], 1, 2)]);
        Assert.AreEqual(new Shape(1), new Dot(1).ComputeOutputShapes([new Shape(4), new Shape(4)])[0]);
        Assert.AreEqual(new Shape(5, 10), new Dot([1, 2]).ComputeOutputShapes([new Shape(3, 5), new Shape(10, 3)])[0]);
        Assert.AreEqual(new Shape(Shape.Variable, 10), new Dot(2).ComputeOutputShapes([new Shape(Shape.Variable, 5), new Shape(10, 5)])[0]);
        Assert.IsNull(new Dot(1).ComputeMasks([null!, null!], [null, null])[0]);
    }

    /// <summary>Convolutions hand values on channels first; layers after them do not turn them back and forth.</summary>
    [TestMethod]
    [DataRow("Add")]
    [DataRow("Maximum")]
    [DataRow("Concatenate")]
    [DataRow("Concatenate, first axis")]
    [DataRow("UnitNormalization")]
    [DataRow("GroupNormalization")]
    public void Channels_first_values_are_not_transposed(string what)
    {
        Layer layer = what switch
        {
            "Add" => new Residual(new Add()),
            "Maximum" => new Residual(new Maximum()),
            "Concatenate" => new Residual(new Concatenate()),
            "Concatenate, first axis" => new Residual(new Concatenate(1)),
            "UnitNormalization" => new UnitNormalization(),
            _ => new GroupNormalization(2),
        };
        using var harness = new LayerHarness([new Conv2D(4, 2), layer, new Conv2D(2, 1)], new Shape(4, 5, 3));
        // One before the first convolution and one after the last.
        Assert.AreEqual(2, harness.ExportModel().Graph.Node.Count(node => node.OpType == "Transpose"));
        Values x = LayerHarness.RandomInput(new LayerInfo("", () => layer), new Shape(4, 5, 3), 2);
        NumberAssert.AreClose(harness.RunTorch(x), harness.RunOnnx(x), 1e-5, what);
    }

    private static Values Mask(params double[] steps) => Values.Of(steps, 1, steps.Length);

    private static void AssertGives(double[] expected, double[]? mask, Layer layer, Values[] inputs, Values?[]? masks = null)
    {
        Shape[] shapes = [.. inputs.Select(input => new Shape([.. input.Dimensions.Skip(1).Select(length => (int)length)]))];
        using var harness = new LayerHarness([layer], shapes);
        var given = new LayerArguments(inputs, masks ?? new Values?[inputs.Length]);
        foreach (LayerResults results in new[] { harness.RunTorch(given), harness.RunOnnx(given) })
        {
            NumberAssert.AreClose(expected, results.Outputs[0].Data, 1e-6, layer.ToString());
            CollectionAssert.AreEqual(mask, results.Masks[0]?.Data, layer.ToString());
        }
    }

    /// <summary>A layer of an application: its input merged with its input.</summary>
    private sealed record Residual(Merge Merge) : SingleInputLayer
    {
        public override Shape ComputeOutputShape(Shape input) => Merge.ComputeOutputShapes([input, input])[0];

        public override TensorFunction Build(LayerBuilder builder, Shape input)
        {
            LayerFunction merge = builder.BuildInner("merge", Merge, [input, input]);
            return (x, context) => merge([x, x], context)[0];
        }

        public override DeepLayers.Onnx.OnnxValue Export(DeepLayers.Onnx.OnnxGraphBuilder onnx, DeepLayers.Onnx.OnnxValue input) =>
            Merge.Export(onnx.Inner("merge"), [input, input])[0];
    }
}
