using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Encodings of positions against their definitions.</summary>
[TestClass]
public sealed class PositionReferenceTests
{
    [TestMethod]
    [DataRow(300, 8, 10000f)]
    [DataRow(40, 7, 10000f)]
    [DataRow(30, 4, 50f)]
    public void Sines_and_cosines_follow_Vaswani(int steps, int features, float wavelength)
    {
        using var harness = new LayerHarness([new SinePositionEncoding(wavelength)], new Shape(Shape.Variable, features));
        Values x = Values.Of(new double[2 * steps * features], 2, steps, features);
        double[] expected = [.. Enumerable.Range(0, 2 * steps * features).Select(index =>
        {
            (int position, int feature) = (index / features % steps, index % features);
            double angle = position / Math.Pow(wavelength, 2.0 * (feature / 2) / features);
            return feature % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
        })];
        // Angles are single precision, as in Keras: 300 has its last bit at 3e-5.
        NumberAssert.AreClose(expected, harness.RunTorch(x).Data, 3e-5);
        NumberAssert.AreClose(expected, harness.RunOnnx(x).Data, 3e-5);
    }

    [TestMethod]
    public void An_embedding_of_positions_is_its_first_rows()
    {
        using var harness = new LayerHarness([new PositionEmbedding(5)], new Shape(Shape.Variable, 2), fill: _ => [.. Enumerable.Range(0, 10).Select(i => (float)i)]);
        Values x = Values.Of(new double[2 * 3 * 2], 2, 3, 2);
        double[] expected = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5];
        CollectionAssert.AreEqual(expected, harness.RunTorch(x).Data);
        CollectionAssert.AreEqual(expected, harness.RunOnnx(x).Data);
    }

    [TestMethod]
    public void A_class_token_stands_in_front_of_every_sequence_and_counts()
    {
        using var harness = new LayerHarness([new ClassToken()], new Shape(Shape.Variable, 2), fill: _ => [10, 20]);
        var arguments = new LayerArguments([Values.Of([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2)], [Values.Of([1, 0, 0, 1], 2, 2)]);
        foreach (LayerResults results in new[] { harness.RunTorch(arguments), harness.RunOnnx(arguments) })
        {
            CollectionAssert.AreEqual(new double[] { 10, 20, 1, 2, 3, 4, 10, 20, 5, 6, 7, 8 }, results.Outputs[0].Data);
            CollectionAssert.AreEqual(new double[] { 1, 1, 0, 1, 0, 1 }, results.Masks[0]!.Data);
        }
    }

    [TestMethod]
    public void A_batch_that_is_too_long_is_refused_by_name()
    {
        using var harness = new LayerHarness([new PositionEmbedding(5) { Name = "mine" }], new Shape(Shape.Variable, 2));
        var error = Assert.ThrowsExactly<LayerShapeException>(() => harness.RunTorch(Values.Of(new double[12], 1, 6, 2)));
        StringAssert.Contains(error.Message, "PositionEmbedding 'mine'");
        StringAssert.Contains(error.Message, "[6, 2]");
    }

    [TestMethod]
    public void Tokens_and_positions_are_added_and_zeros_masked()
    {
        using var harness = new LayerHarness(
            [new TokenAndPositionEmbedding(3, 4, 2, maskZero: true)], new Shape(3),
            fill: spec => spec.Name == "token_embedding/embeddings" ? [1, 2, 3, 4, 5, 6] : [10, 20, 30, 40, 50, 60, 70, 80]);
        var arguments = new LayerArguments(Values.Of([2, 0, 1], 1, 3));
        foreach (LayerResults results in new[] { harness.RunTorch(arguments), harness.RunOnnx(arguments) })
        {
            CollectionAssert.AreEqual(new double[] { 15, 26, 31, 42, 53, 64 }, results.Outputs[0].Data);
            CollectionAssert.AreEqual(new double[] { 1, 0, 1 }, results.Masks[0]!.Data);
        }
    }
}
