using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Keras's spectral normalization: the stored kernel is divided by its largest singular value before each step.</summary>
[TestClass]
public sealed class SpectralNormalizationTests
{
    [TestMethod]
    public void One_step_by_hand()
    {
        // W = [[3, 0], [0, 1]], u = (1, 1): v = u·Wᵀ = (3, 1) / √10; u = v·W = (9, 1) / √82; σ = v·W·uᵀ = √82 / √10.
        using LayerHarness harness = Create(new SpectralNormalization(new Dense(2, useBias: false)), new Shape(2), [3, 0, 0, 1], [1, 1]);
        double sigma = Math.Sqrt(82.0 / 10);
        double[] output = harness.RunTorch(Values.Of([1, 1], 1, 2), training: true).Data;
        NumberAssert.AreClose([3 / sigma, 1 / sigma], output, 1e-6, "output");
        NumberAssert.AreClose([3 / sigma, 0, 0, 1 / sigma], Stored(harness, "layer/kernel"), 1e-6, "the stored kernel is the normalized one");
        NumberAssert.AreClose([9 / Math.Sqrt(82), 1 / Math.Sqrt(82)], Stored(harness, "vector_u"), 1e-6, "u");
    }

    [TestMethod]
    public void Scoring_uses_the_stored_kernel_as_it_is()
    {
        using LayerHarness harness = Create(new SpectralNormalization(new Dense(2, useBias: false)), new Shape(2), [3, 0, 0, 1], [1, 1]);
        CollectionAssert.AreEqual(new double[] { 3, 1 }, harness.RunTorch(Values.Of([1, 1], 1, 2)).Data);
        CollectionAssert.AreEqual(new double[] { 3, 1 }, harness.RunOnnx(Values.Of([1, 1], 1, 2)).Data);
        CollectionAssert.AreEqual(new double[] { 3, 0, 0, 1 }, Stored(harness, "layer/kernel"));
        CollectionAssert.AreEqual(new double[] { 1, 1 }, Stored(harness, "vector_u"));
    }

    [TestMethod]
    public void Iterations_find_the_largest_singular_value()
    {
        // [[2, 1], [1, 2]] has the singular values 3 and 1.
        using LayerHarness harness = Create(new SpectralNormalization(new Dense(2, useBias: false), powerIterations: 30), new Shape(2), [2, 1, 1, 2], [1, 0.3f]);
        harness.RunTorch(Values.Of([1, 1], 1, 2), training: true);
        NumberAssert.AreClose([2 / 3.0, 1 / 3.0, 1 / 3.0, 2 / 3.0], Stored(harness, "layer/kernel"), 1e-6, "kernel");

        // Steps go on where the last one ended: many of one iteration do the same.
        using LayerHarness steps = Create(new SpectralNormalization(new Dense(2, useBias: false)), new Shape(2), [2, 1, 1, 2], [1, 0.3f]);
        for (int i = 0; i < 30; i++)
        {
            steps.RunTorch(Values.Of([1, 1], 1, 2), training: true);
        }

        NumberAssert.AreClose([2 / 3.0, 1 / 3.0, 1 / 3.0, 2 / 3.0], Stored(steps, "layer/kernel"), 1e-5, "kernel after 30 steps");
    }

    [TestMethod]
    public void A_convolution_is_seen_as_Keras_stores_it()
    {
        // Ours: [filters, channels, kernel]; Keras's: [kernel, channels, filters], as a matrix of a column a filter.
        float[] kernel = [.. Enumerable.Range(1, 12).Select(i => (float)Math.Sin(i))];
        float[] u = [0.5f, -0.25f, 1];
        using LayerHarness harness = Create(new SpectralNormalization(new Conv1D(3, 2, useBias: false)), new Shape(4, 2), kernel, u);
        harness.RunTorch(Values.Of([1, 2, 3, 4, 5, 6, 7, 8], 1, 4, 2), training: true);

        double[] v = Unit([.. Enumerable.Range(0, 4).Select(row => Enumerable.Range(0, 3).Sum(filter => kernel[(filter * 4) + row] * (double)u[filter]))]);
        double[] product = [.. Enumerable.Range(0, 3).Select(filter => Enumerable.Range(0, 4).Sum(row => kernel[(filter * 4) + row] * v[row]))];
        double sigma = product.Zip(Unit(product), (a, b) => a * b).Sum();
        NumberAssert.AreClose([.. kernel.Select(value => value / sigma)], Stored(harness, "layer/kernel"), 1e-5, "kernel");
        NumberAssert.AreClose(Unit(product), Stored(harness, "vector_u"), 1e-5, "u");
    }

    [TestMethod]
    public void A_kernel_of_zeros_is_left_alone()
    {
        using LayerHarness harness = Create(new SpectralNormalization(new Dense(2, useBias: false)), new Shape(2), [0, 0, 0, 0], [1, 0.5f]);
        CollectionAssert.AreEqual(new double[] { 0, 0 }, harness.RunTorch(Values.Of([1, 1], 1, 2), training: true).Data);
        CollectionAssert.AreEqual(new double[] { 1, 0.5 }, Stored(harness, "vector_u"));
    }

    [TestMethod]
    public void No_gradient_flows_through_the_singular_value()
    {
        using var scope = NewDisposeScope();
        using LayerHarness harness = Create(new SpectralNormalization(new Dense(1, useBias: false)), new Shape(2), [3, 4], [1]);
        using Tensor x = tensor(new float[] { 2, 7 }).reshape(1, 2);
        harness.Forward(x, training: true).sum().backward();
        // The output is x · kernel / 5; the gradient of the stored kernel is x itself, as if the 5 were not there.
        NumberAssert.AreClose([2, 7], Values.From(harness.Weight("layer/kernel").grad!).Data, 1e-6, "gradient");
        NumberAssert.AreClose([0.6, 0.8], Stored(harness, "layer/kernel"), 1e-6, "kernel");
    }

    [TestMethod]
    public void Vector_u_is_kept_but_not_trained()
    {
        IReadOnlyList<WeightSpec> weights = new SpectralNormalization(new Conv2D(5, 3)).GetWeights(new Shape(8, 8, 2));
        CollectionAssert.AreEqual(
            new[] { "layer/kernel [5, 2, 3, 3] True", "layer/bias [5] True", "vector_u [1, 5] False" },
            weights.Select(weight => $"{weight.Name} {weight.Shape} {weight.Trainable}").ToArray());
    }

    private static double[] Unit(double[] vector)
    {
        double length = Math.Sqrt(vector.Sum(value => value * value));
        return [.. vector.Select(value => value / length)];
    }

    private static double[] Stored(LayerHarness harness, string name)
    {
        using var scope = NewDisposeScope();
        return Values.From(harness.Weight(name)).Data;
    }

    private static LayerHarness Create(SpectralNormalization layer, Shape input, float[] kernel, float[] u) =>
        new([layer], input, fill: spec => spec.Name == "vector_u" ? u : kernel);
}
