using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Layers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A layer applied twice computes with one set of weights, whose gradients add up.</summary>
[TestClass]
public sealed class SharedWeightsTests
{
    /// <summary>Layers with tensors of ours and with those of libtorch's modules; of one shape of input and of two.</summary>
    public static IEnumerable<(string Name, Func<Layer> Layer, int[] First, int[] Second)> Cases =>
    [
        ("dense", () => new Dense(2), [3], [3]),
        ("dense over steps of two lengths", () => new Dense(2), [4, 3], [5, 3]),
        ("dense of two ranks", () => new Dense(2), [3], [5, 3]),
        ("LSTM", () => new LSTM(2), [4, 3], [4, 3]),
        ("LSTM over two lengths", () => new LSTM(2), [4, 3], [6, 3]),
        ("Bidirectional over two lengths", () => new Bidirectional(new GRU(2)), [4, 3], [6, 3]),
        ("network over two lengths", () => new NetworkLayer(new Sequential { new Dense(3, Activation.Tanh), new LSTM(2) }), [4, 3], [6, 3]),
    ];

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Gradients_of_both_applications_add_up(string name, Func<Layer> layer, int[] first, int[] second)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor one = Random(first, 1), two = Random(second, 2);
        Layer shared = layer();
        Input a = new(first), b = new(second);
        var both = new Network([a, b], [shared.Apply(a), shared.Apply(b)]);
        using TorchNetwork network = Create(both, first, second);
        network.Initialize(1);
        using var buffer = new ParameterBuffer(network.Weights, TestDevice.Torch);
        IReadOnlyList<Tensor> outputs = network.Forward([one, two], new ForwardContext(true, null));
        Weigh(outputs[0]).add(Weigh(outputs[1])).backward();
        Values together = Values.From(buffer.Gradients);

        Values alone = Sum(Alone(layer(), first, one, network), Alone(layer(), second, two, network));
        NumberAssert.AreClose(alone, together, 1e-5, name);
        Assert.IsTrue(together.Data.Any(value => Math.Abs(value) > 1e-3), "the gradients are not all 0");

        using (no_grad())
        {
            buffer.Values.mul_(0.5);
        }

        IReadOnlyList<Tensor> changed = network.Forward([one, two], new ForwardContext(true, null));
        Assert.AreNotEqual(outputs[0].sum().item<float>(), changed[0].sum().item<float>());
        Assert.AreNotEqual(outputs[1].sum().item<float>(), changed[1].sum().item<float>());
    }

    /// <summary>The gradients of one application, with the weights of the shared layer.</summary>
    private static Values Alone(Layer layer, int[] shape, Tensor x, TorchNetwork like)
    {
        var input = new Input(shape);
        using TorchNetwork network = Create(new Network(input, layer.Apply(input)), shape);
        NetworkWeights weights = like.Snapshot();
        network.Load(weights);
        using var buffer = new ParameterBuffer(network.Weights, TestDevice.Torch);
        Weigh(network.Forward([x], new ForwardContext(true, null))[0]).backward();
        return Values.From(buffer.Gradients);
    }

    private static Values Sum(Values left, Values right) => left with { Data = [.. left.Data.Zip(right.Data, (a, b) => a + b)] };

    private static Tensor Weigh(Tensor output) => output.reshape(-1).dot(arange(1, output.numel() + 1, dtype: ScalarType.Float32, device: output.device).sin());

    private static Tensor Random(int[] shape, int seed) =>
        LayerHarness.RandomInput(new LayerInfo("", () => new Flatten()), shape, 2, seed).ToTensor(ScalarType.Float32);

    private static TorchNetwork Create(Network network, params int[][] inputs) =>
        new(network.Graph, network.Graph.InferShapes([.. inputs.Select(shape => new Shape(shape))]), TestDevice.Torch);
}
