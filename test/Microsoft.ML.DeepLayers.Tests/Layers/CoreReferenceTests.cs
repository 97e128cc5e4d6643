using System.Text.Json;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Persistence;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Masking, embeddings with a mask and EinsumDense by their definitions.</summary>
[TestClass]
public sealed class CoreReferenceTests
{
    [TestMethod]
    public void Steps_of_the_mask_value_alone_are_masked_and_set_to_zero()
    {
        using var harness = new LayerHarness([new Masking(-1)], new Shape(4, 2));
        // Step 2 is padding; step 3 has the value in one feature only; step 4 is 0, which is not the value.
        var given = new LayerArguments(Values.Of([1, 2, -1, -1, -1, 3, 0, 0], 1, 4, 2));
        AssertBoth([1, 2, 0, 0, -1, 3, 0, 0], [1, 0, 1, 1], harness, given);

        // The mask that the input has is replaced, not combined with.
        AssertBoth([1, 2, 0, 0, -1, 3, 0, 0], [1, 0, 1, 1], harness, new LayerArguments(given.Inputs, [Values.Of([0, 1, 0, 1], 1, 4)]));
    }

    [TestMethod]
    public void Values_that_are_not_numbers_are_kept()
    {
        using var harness = new LayerHarness([new Masking()], new Shape(2, 1));
        LayerResults results = harness.RunOnnx(new LayerArguments(Values.Of([double.NaN, 0], 1, 2, 1)));
        Assert.IsTrue(double.IsNaN(results.Outputs[0].Data[0]));
        CollectionAssert.AreEqual(new double[] { 1, 0 }, results.Masks[0]!.Data);
    }

    [TestMethod]
    public void An_embedding_masks_zeros_where_it_is_told_to()
    {
        using var harness = new LayerHarness([new Embedding(3, 1, maskZero: true)], new Shape(4), fill: _ => [7, 8, 9]);
        var given = new LayerArguments(Values.Of([2, 0, 1, 0], 1, 4));
        AssertBoth([9, 7, 8, 7], [1, 0, 1, 0], harness, given);
        using var plain = new LayerHarness([new Embedding(3, 1)], new Shape(4), fill: _ => [7, 8, 9]);
        AssertBoth([9, 7, 8, 7], null, plain, given);
    }

    [TestMethod]
    public void The_mask_of_an_embedding_goes_through_layers_that_treat_steps_alone()
    {
        using var harness = new LayerHarness([new Embedding(3, 2, maskZero: true), new Identity(), new Dropout(0.5f), new LayerNormalization()], new Shape(3));
        CollectionAssert.AreEqual(new double[] { 0, 1, 1 }, harness.RunTorch(new LayerArguments(Values.Of([0, 1, 2], 1, 3))).Masks[0]!.Data);
        using var ended = new LayerHarness([new Embedding(3, 2, maskZero: true), new RMSNormalization()], new Shape(3));
        Assert.IsNull(ended.RunOnnx(new LayerArguments(Values.Of([0, 1, 2], 1, 3))).Masks[0]);
    }

    [TestMethod]
    [DataRow("ab,bc->ac", new[] { 4 }, "c", new[] { 3 }, "[4]", "[3, 4]", "[4]")]
    [DataRow("abc,cd->abd", new[] { -1, 64 }, "d", new[] { 32, 128 }, "[32, 64]", "[128, 64]", "[64]")]
    [DataRow("...x,xy->...y", new[] { 64 }, "y", new[] { 32, 128 }, "[32, 64]", "[128, 64]", "[64]")]
    [DataRow("...x,xy->...y", new[] { 64 }, "y", new[] { 3, 32, 128 }, "[3, 32, 64]", "[128, 64]", "[64]")]
    [DataRow("ab...,bc->ac...", new[] { 5 }, "c", new[] { 2, 3, 4 }, "[5, 3, 4]", "[2, 5]", "[5, 1, 1]")]
    [DataRow("abc,cde->adbe", new[] { 2, -1, 7 }, "de", new[] { 5, 3 }, "[2, 5, 7]", "[3, 2, 7]", "[2, 1, 7]")]
    [DataRow("abc,cde->abde", new[] { -1, 2, 7 }, "e", new[] { 5, 3 }, "[5, 2, 7]", "[3, 2, 7]", "[7]")]
    [DataRow("abc,de->abcde", new[] { 2, 3, 2, 4 }, "b", new[] { 2, 3 }, "[2, 3, 2, 4]", "[2, 4]", "[2, 1, 1, 1]")]
    public void Shapes_follow_the_equation(string equation, int[] outputShape, string biasAxes, int[] input, string output, string kernel, string bias)
    {
        var layer = new EinsumDense(equation, outputShape, biasAxes: biasAxes);
        Assert.AreEqual(output, layer.ComputeOutputShape(input).ToString());
        CollectionAssert.AreEqual(new[] { $"kernel {kernel}", $"bias {bias}" }, layer.GetWeights(input).Select(weight => $"{weight.Name} {weight.Shape}").ToArray());
    }

    [TestMethod]
    public void Einsum_dense_by_loops()
    {
        // abc,cde->abde: a product for each step b, head d and place e.
        float[] kernel = [.. Enumerable.Range(1, 12).Select(i => i / 10f)];
        float[] bias = [1, 2, 3, 4];
        double[] x = [1, 2, 3, -1, 0, 5];
        using var harness = new LayerHarness(
            [new EinsumDense("abc,cde->abde", [-1, 2, 2], Activation.ReLU, biasAxes: "de")], new Shape(2, 3), fill: spec => spec.Name == "kernel" ? kernel : bias);
        double[] expected =
        [
            .. from step in Enumerable.Range(0, 2)
               from place in Enumerable.Range(0, 4)
               select Math.Max(0, bias[place] + Enumerable.Range(0, 3).Sum(i => x[(step * 3) + i] * kernel[(i * 4) + place])),
        ];
        AssertBoth(expected, null, harness, new LayerArguments(Values.Of(x, 1, 2, 3)));
    }

    [TestMethod]
    public void A_bias_leaves_out_the_letters_between()
    {
        // The output is [d, b, e]; the bias has d and e.
        using var harness = new LayerHarness(
            [new EinsumDense("abc,cde->adbe", [2, -1, 2], biasAxes: "de")], new Shape(2, 1), fill: spec => spec.Name == "kernel" ? [0, 0, 0, 0] : [1, 2, 3, 4]);
        AssertBoth([1, 2, 1, 2, 3, 4, 3, 4], null, harness, new LayerArguments(Values.Of([5, 6], 1, 2, 1)));
    }

    [TestMethod]
    public void Fans_are_counted_as_for_kernels_of_convolutions()
    {
        WeightSpec kernel = new EinsumDense("abc,cde->abde", [-1, 8, 64]).GetWeights(new Shape(10, 32))[0];
        Assert.AreEqual((32 * 8, 32 * 64), (kernel.FanIn, kernel.FanOut));
        kernel = new EinsumDense("ab,bc->ac", [7]).GetWeights(new Shape(3))[0];
        Assert.AreEqual((3, 7), (kernel.FanIn, kernel.FanOut));
    }

    [TestMethod]
    public void Axes_are_a_number_or_a_list_in_json()
    {
        foreach ((Layer layer, string json) in new (Layer, string)[]
        {
            (new LayerNormalization(), "\"LayerNormalization\""),
            (new LayerNormalization([1, 2]), "\"axis\":[1,2]"),
            (new UnitNormalization(1), "\"axis\":1"),
            (new Dot([1, 1]), "\"axes\":[1,1]"),
            (new EinsumDense("ab,bc->ac", [4]), "\"outputShape\":[4]"),
        })
        {
            string written = JsonSerializer.Serialize(layer, ComponentJson.Options);
            StringAssert.Contains(written.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), json);
            Assert.AreEqual(layer, JsonSerializer.Deserialize<Layer>(written, ComponentJson.Options));
        }
    }

    private static void AssertBoth(double[] expected, double[]? mask, LayerHarness harness, LayerArguments given)
    {
        foreach (LayerResults results in new[] { harness.RunTorch(given), harness.RunOnnx(given) })
        {
            NumberAssert.AreClose(expected, results.Outputs[0].Data, 1e-6);
            CollectionAssert.AreEqual(mask, results.Masks[0]?.Data);
        }
    }
}
