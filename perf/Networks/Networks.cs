using Microsoft.ML.DeepLayers.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>A multilayer perceptron.</summary>
internal sealed record Mlp(string Name, int Features, int[] Hidden, int Classes, int BatchSize, int Examples, int Epochs)
    : BenchmarkNetwork(Name, new Shape(Features), Classes, BatchSize, Examples, Epochs)
{
    internal static Mlp Small { get; } = new("small MLP", 30, [64, 64], 3, BatchSize: 32, Examples: 20_000, Epochs: 4);

    internal static Mlp Wide { get; } = new("wide MLP", 784, [512, 512], 10, BatchSize: 128, Examples: 10_000, Epochs: 4);

    /// <summary>For graphics processors: two layers with 33 million weights, over many examples at a time.</summary>
    internal static Mlp Large { get; } = new("large MLP", 4096, [4096, 4096], 10, BatchSize: 4096, Examples: 8_192, Epochs: 1);

    internal override Sequential Body() => [new Input(Features), .. Hidden.Select(units => new Dense(units, Activation.ReLU))];

    internal override nn.Module<Tensor, Tensor> ByHand()
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        int width = Features;
        foreach (int units in Hidden)
        {
            layers.Add(nn.Linear(width, units));
            layers.Add(nn.ReLU());
            width = units;
        }

        return nn.Sequential([.. layers, nn.Linear(width, Classes)]);
    }

    internal override Tensor Arrange(Tensor examples) => examples;
}

/// <summary>A convolutional network over images of 28 x 28 in grey, Keras's first example of one.</summary>
internal sealed record Cnn() : BenchmarkNetwork("CNN", new Shape(28, 28, 1), Classes: 10, BatchSize: 128, Examples: 2_560, Epochs: 2)
{
    internal override Sequential Body() =>
    [
        new Input(28, 28, 1),
        new Conv2D(32, kernelSize: 3, activation: Activation.ReLU),
        new MaxPooling2D(2),
        new Conv2D(64, kernelSize: 3, activation: Activation.ReLU),
        new MaxPooling2D(2),
        new Flatten(),
    ];

    internal override nn.Module<Tensor, Tensor> ByHand() => nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1600, 10));

    internal override Tensor Arrange(Tensor examples) => examples.view(-1, 1, 28, 28);
}

/// <summary>A recurrent network over sequences of 32 steps.</summary>
internal sealed record Recurrent() : BenchmarkNetwork("LSTM", new Shape(32, 16), Classes: 4, BatchSize: 64, Examples: 5_120, Epochs: 2)
{
    internal override Sequential Body() => [new Input(32, 16), new LSTM(64)];

    internal override nn.Module<Tensor, Tensor> ByHand() => new LastStep();

    internal override Tensor Arrange(Tensor examples) => examples.view(-1, 32, 16);

    private sealed class LastStep : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.LSTM lstm = nn.LSTM(16, 64, batchFirst: true);
        private readonly TorchSharp.Modules.Linear linear = nn.Linear(64, 4);

        internal LastStep()
            : base(nameof(LastStep)) => RegisterComponents();

        public override Tensor forward(Tensor input) => linear.forward(lstm.call(input).Item1.select(1, -1));
    }
}
