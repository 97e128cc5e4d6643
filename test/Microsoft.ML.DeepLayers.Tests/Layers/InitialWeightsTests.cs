using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Layers;

/// <summary>Weights start as Keras's do: Glorot-uniform kernels with Keras's fans, orthogonal recurrent kernels, unit forget bias.</summary>
[TestClass]
public sealed class InitialWeightsTests
{
    [TestMethod]
    public void A_convolution_counts_its_window_in_the_fans()
    {
        // fan in 3 · 5 · 16, fan out 3 · 5 · 24
        AssertGlorot(new Conv2D(24, (3, 5)).GetWeights(new Shape(9, 9, 16))[0], 3 * 5 * 16, 3 * 5 * 24);
        // Keras counts the input channels of one group, but all filters.
        AssertGlorot(new Conv2D(24, 3, groups: 4).GetWeights(new Shape(9, 9, 16))[0], 9 * 4, 9 * 24);
        AssertGlorot(new Conv1D(64, 3).GetWeights(new Shape(9, 32))[0], 3 * 32, 3 * 64);
    }

    [TestMethod]
    public void Recurrent_kernels_are_glorot_uniform_with_fans_of_all_gates()
    {
        AssertGlorot(new LSTM(64).GetWeights([new Shape(5, 32)])[0], 32, 4 * 64);
        AssertGlorot(new GRU(64).GetWeights([new Shape(5, 32)])[0], 32, 3 * 64);
        AssertGlorot(new SimpleRNN(64).GetWeights([new Shape(5, 32)])[0], 32, 64);
    }

    [TestMethod]
    public void Recurrent_kernels_are_orthogonal()
    {
        foreach (RecurrentLayer layer in new RecurrentLayer[] { new LSTM(16), new GRU(16), new SimpleRNN(16) })
        {
            WeightSpec spec = layer.GetWeights([new Shape(5, 3)]).Single(weight => weight.Name == "recurrent_kernel");
            float[] kernel = InitialWeights.Of(spec);
            int rows = spec.Shape[0];
            for (int i = 0; i < 16; i++)
            {
                for (int j = 0; j < 16; j++)
                {
                    double product = Enumerable.Range(0, rows).Sum(row => (double)kernel[(row * 16) + i] * kernel[(row * 16) + j]);
                    Assert.AreEqual(i == j ? 1 : 0, product, 1e-6, $"{layer.GetType().Name}, columns {i} and {j}");
                }
            }
        }
    }

    [TestMethod]
    public void The_forget_gate_starts_with_a_bias_of_one()
    {
        float[] Bias(LSTM layer) => InitialWeights.Of(layer.GetWeights([new Shape(5, 3)]).Single(spec => spec.Name == "bias"));
        CollectionAssert.AreEqual(new float[] { 0, 0, 1, 1, 0, 0, 0, 0 }, Bias(new LSTM(2)));
        CollectionAssert.AreEqual(new float[8], Bias(new LSTM(2, unitForgetBias: false)));
        CollectionAssert.AreEqual(
            new float[] { 0.5f, 0.5f, 1, 1, 0.5f, 0.5f, 0.5f, 0.5f }, Bias(new LSTM(2, biasInitializer: new Constant(0.5f))));
    }

    [TestMethod]
    public void Embeddings_are_uniform()
    {
        float[] values = InitialWeights.Of(new Embedding(200, 50).GetWeights(new Shape(4))[0]);
        Assert.IsTrue(values.All(value => Math.Abs(value) <= 0.05f));
        Assert.AreEqual(0, values.Average(), 0.002);
        Assert.AreEqual(0.05 / Math.Sqrt(3), Math.Sqrt(values.Average(value => value * value)), 0.001);
    }

    [TestMethod]
    public void Weights_are_named_as_in_keras()
    {
        string Names(Layer layer, params int[] input) => string.Join(' ', layer.GetWeights([input]).Select(spec => $"{spec.Name}{spec.Shape}"));
        Assert.AreEqual("kernel[8, 2] recurrent_kernel[8, 2] bias[8]", Names(new LSTM(2), 5, 2));
        Assert.AreEqual("kernel[6, 4] recurrent_kernel[6, 2] bias[6] recurrent_bias[6]", Names(new GRU(2), 5, 4));
        Assert.AreEqual("kernel[6, 4] recurrent_kernel[6, 2] bias[6]", Names(new GRU(2, resetAfter: false), 5, 4));
        Assert.AreEqual("kernel[2, 4] recurrent_kernel[2, 2]", Names(new SimpleRNN(2, useBias: false), 5, 4));
        Assert.AreEqual("kernel[6, 2, 3, 5] bias[6]", Names(new Conv2D(6, (3, 5), groups: 2), 9, 9, 4));
        Assert.AreEqual(
            "forward/kernel[2, 4] forward/recurrent_kernel[2, 2] forward/bias[2] backward/kernel[2, 4] backward/recurrent_kernel[2, 2] backward/bias[2]",
            Names(new Bidirectional(new SimpleRNN(2)), 5, 4));
        Assert.AreEqual("embeddings[9, 3]", Names(new Embedding(9, 3), 5));
    }

    private static void AssertGlorot(WeightSpec spec, int fanIn, int fanOut)
    {
        double limit = Math.Sqrt(6.0 / (fanIn + fanOut));
        float[] values = InitialWeights.Of(spec);
        Assert.AreEqual((fanIn, fanOut), (spec.FanIn, spec.FanOut));
        Assert.AreEqual(limit, values.Max(value => Math.Abs(value)), limit * 0.05);
        Assert.IsTrue(values.All(value => Math.Abs(value) <= limit * (1 + 1e-6)));
    }
}
