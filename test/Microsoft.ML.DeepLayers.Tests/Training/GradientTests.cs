using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The gradients of whole networks and losses against finite differences, with the figures of PyTorch's gradcheck.</summary>
[TestClass]
public sealed class GradientTests
{
    private const int Examples = 5;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_perceptron_with_each_loss(bool weighted)
    {
        Sequential body = [new Dense(5, Activation.Tanh), new BatchNormalization(), new Dense(4, Activation.GELU)];
        AssertGradients([.. body, new Dense(1)], new Shape(3), new MeanSquaredError(), [0.5, -1, 2, 0, 1], weighted);
        AssertGradients([.. body, new Dense(1)], new Shape(3), new BinaryCrossentropy(), [1, 0, 0, 1, 1], weighted);
        AssertGradients([.. body, new Dense(3)], new Shape(3), new SparseCategoricalCrossentropy(), [0, 2, 1, 1, 0], weighted);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void A_convolutional_network(bool weighted) => AssertGradients(
        [
            new Input(6, 5, 2), new Conv2D(3, 3, padding: Padding.Same, activation: Activation.Softplus), new BatchNormalization(),
            new AveragePooling2D(2), new Conv2D(4, 2, activation: Activation.Tanh), new GlobalAveragePooling2D(), new Dense(3),
        ],
        new Shape(60),
        new SparseCategoricalCrossentropy(),
        [0, 2, 1, 1, 0],
        weighted);

    [TestMethod]
    public void A_recurrent_network() => AssertGradients(
        [new Reshape(4, 3), new Bidirectional(new LSTM(2, returnSequences: true)), new GRU(3), new Dense(1)], new Shape(12), new MeanSquaredError(), [0.5, -1, 2, 0, 1], weighted: true);

    private static void AssertGradients(Sequential layers, Shape shape, Loss loss, double[] targets, bool weighted)
    {
        using DisposeScope scope = NewDisposeScope();
        NetworkGraph graph = layers.Graph;
        using var network = new TorchNetwork(graph, graph.InferShapes([shape]), TestDevice.Torch, ScalarType.Float64);
        network.Initialize(3);
        var random = new Random(4);
        Tensor input = tensor(Enumerable.Range(0, Examples * (int)shape.Size).Select(_ => (2 * random.NextDouble()) - 1).ToArray(), device: TestDevice.Torch).reshape(Examples, -1);
        Tensor target = tensor(targets, device: TestDevice.Torch);
        Tensor? weights = weighted ? tensor(new[] { 1.0, 0, 2, 0.5, 3 }, device: TestDevice.Torch) : null;
        TorchWeight[] trainable = [.. network.Weights.Where(weight => weight.Spec.Trainable)];
        // Such losses take class indices, so the task need not be told.
        var objective = new Objective(PredictionTask.Regression, loss, []);
        Tensor Loss() => objective.MeanLoss(new ComparedOutput(objective, network.Forward([input], new ForwardContext(true, null))[0], target), weights);
        double LossValue()
        {
            using DisposeScope inner = NewDisposeScope();
            using IDisposable noGrad = no_grad();
            return Loss().item<double>();
        }

        Loss().backward();
        foreach (TorchWeight weight in trainable)
        {
            double[] gradient = [.. weight.Tensor.grad!.cpu().flatten().data<double>()];
            Tensor flat = weight.Tensor.detach().view(-1);
            for (int i = 0; i < gradient.Length; i++)
            {
                const double Step = 1e-6;
                double value = flat[i].item<double>();
                flat[i] = tensor(value + Step);
                double above = LossValue();
                flat[i] = tensor(value - Step);
                double below = LossValue();
                flat[i] = tensor(value);
                double expected = (above - below) / (2 * Step);
                Assert.AreEqual(expected, gradient[i], 1e-8 + (1e-5 * Math.Abs(expected)), $"{weight.Name}[{i}]");
            }

            Assert.IsTrue(gradient.Any(value => Math.Abs(value) > 1e-9), $"{weight.Name} has a gradient");
        }
    }
}
