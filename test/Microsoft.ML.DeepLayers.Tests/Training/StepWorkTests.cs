using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>How much a step computes, and how many threads that is worth.</summary>
[TestClass]
public sealed class StepWorkTests
{
    [TestMethod]
    public void Products_are_counted_by_kernel_and_position()
    {
        StepWork perceptron = Of([new Dense(64, Activation.ReLU), new Dense(3)], new Shape(30), examples: 32);
        Assert.AreEqual(32 * ((30 * 64) + (64 * 3)), perceptron.Multiplications);
        // A kernel of 3 x 3 from 2 to 5 channels, at 8 x 8 positions.
        Assert.AreEqual(10 * 8 * 8 * (3 * 3 * 2 * 5), Of([new Conv2D(5, 3, padding: Padding.Same)], new Shape(8, 8, 2), examples: 10).Multiplications);
        // At each of 20 steps, four gates of the input and of the state.
        Assert.AreEqual(20 * 4 * ((16 * 8) + (8 * 8)), Of([new LSTM(8)], new Shape(20, 16), examples: 1).Multiplications);
    }

    [TestMethod]
    public void Looking_up_is_not_computing() =>
        Assert.AreEqual(0, Of([new Embedding(1000, 8)], new Shape(5), examples: 4).Multiplications);

    [TestMethod]
    public void A_small_network_is_worth_one_thread_and_a_large_one_many()
    {
        Assert.AreEqual(1, Of([new Dense(64), new Dense(64), new Dense(3)], new Shape(30), examples: 32).Threads);
        Assert.IsGreaterThan(8, Of([new Dense(512), new Dense(512), new Dense(10)], new Shape(784), examples: 128).Threads);
        Assert.IsGreaterThan(2, Of([new Conv2D(32, 3)], new Shape(28, 28, 1), examples: 128).Threads);
    }

    private static StepWork Of(Sequential network, Shape input, int examples) => StepWork.Of(network.Graph, network.Graph.InferShapes([input]), examples);
}
