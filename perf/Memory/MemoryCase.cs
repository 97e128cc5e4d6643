using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>A training whose memory is measured.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Network">The network, without its output layer.</param>
/// <param name="Features">The number of features.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="BatchSize">The number of examples of a step.</param>
/// <param name="Examples">The number of examples.</param>
/// <param name="Steps">The number of steps, about.</param>
internal sealed record MemoryCase(string Name, Func<Network> Network, int Features, int Classes, int BatchSize, int Examples, int Steps)
{
    internal Rematerialization? Rematerialization { get; init; }

    /// <summary>The case that everything is compared with: all libraries loaded, and nothing to speak of trained.</summary>
    internal static MemoryCase Trivial { get; } = new("trivial", () => new Sequential { new Dense(1) }, 1, 2, 1, 2, 2);

    /// <summary>Those whose peak is measured.</summary>
    internal static IReadOnlyList<MemoryCase> Peaks { get; } =
    [
        new("small MLP 30-64-64-3", SmallPerceptron, 30, 3, 32, 960, 300),
        new("wide MLP 784-512-512-10", () => new Sequential { new Dense(512, Activation.ReLU), new Dense(512, Activation.ReLU) }, 784, 10, 128, 1280, 60),
        new("CNN 28x28, 32-64-pool-128", Convolution, 784, 10, 128, 1280, 12),
        new("deep MLP 40 x 256", DeepPerceptron, 256, 2, 4096, 8192, 6),
        new("deep MLP 40 x 256, checkpoints", DeepPerceptron, 256, 2, 4096, 8192, 6) { Rematerialization = Rematerialization.Automatic },
        new("deep CNN 40 x 16, 28x28", DeepConvolution, 784, 10, 64, 128, 4),
        new("deep CNN 40 x 16, checkpoints", DeepConvolution, 784, 10, 64, 128, 4) { Rematerialization = Rematerialization.Automatic },
    ];

    /// <summary>Those that are trained for long, to see whether memory grows.</summary>
    internal static IReadOnlyList<MemoryCase> Long { get; } =
    [
        new("small MLP, long", SmallPerceptron, 30, 3, 32, 3200, 13_100),
        new("small CNN, long", () => new Sequential { new Input(8, 8, 1), new Conv2D(4, 3, activation: Activation.ReLU), new MaxPooling2D(2), new Flatten() }, 64, 3, 16, 1600, 13_100),
        new("LSTM, long", () => new Sequential { new Input(8, 4), new LSTM(8) }, 32, 3, 16, 1600, 13_100),
        new("small MLP with checkpoints, long", SmallPerceptron, 30, 3, 32, 3200, 13_100) { Rematerialization = Rematerialization.Full },
    ];

    internal static MemoryCase Find(string name) =>
        Peaks.Concat(Long).Append(Trivial).FirstOrDefault(each => each.Name == name) ?? throw new ArgumentException($"There is no case '{name}'.", nameof(name));

    internal NeuralNetworkTrainer Trainer(MLContext ml, params Callback[] callbacks) => ml.MulticlassClassification.Trainers.NeuralNetwork(Network(), new NeuralNetworkOptions
    {
        BatchSize = BatchSize,
        Epochs = Math.Max(1, Steps * BatchSize / Examples),
        Rematerialization = Rematerialization,
        Callbacks = [.. callbacks],
    });

    /// <summary>Examples that are made as they are read, into the same array: the data itself takes no memory.</summary>
    internal IDataView Data(MLContext ml)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Features);
        schema[nameof(Row.Label)].ColumnType = new KeyDataViewType(typeof(uint), Classes);
        return ml.Data.LoadFromEnumerable(Rows(), schema);
    }

    private IEnumerable<Row> Rows()
    {
        var row = new Row { Features = new float[Features] };
        var random = new Random(1);
        for (int i = 0; i < Examples; i++)
        {
            for (int j = 0; j < Features; j++)
            {
                row.Features[j] = random.NextSingle();
            }

            // ML.NET counts keys from 1, and classes that hold them from 0.
            row.Label = (uint)(i % Classes);
            yield return row;
        }
    }

    private static Network SmallPerceptron() => new Sequential { new Dense(64, Activation.ReLU), new Dense(64, Activation.ReLU) };

    private static Network Convolution() => new Sequential
    {
        new Input(28, 28, 1), new Conv2D(32, 3, activation: Activation.ReLU), new Conv2D(64, 3, activation: Activation.ReLU), new MaxPooling2D(2), new Flatten(), new Dense(128, Activation.ReLU),
    };

    private static Network DeepPerceptron() => Repeat([], 40, () => new Dense(256, Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal));

    private static Network DeepConvolution() =>
        Repeat([new Input(28, 28, 1)], 40, () => new Conv2D(16, 3, padding: Padding.Same, activation: Activation.ReLU, kernelInitializer: VarianceScaling.HeNormal), new GlobalAveragePooling2D());

    private static Sequential Repeat(Sequential network, int count, Func<Layer> layer, params Layer[] last)
    {
        for (int i = 0; i < count; i++)
        {
            network.Add(layer());
        }

        Array.ForEach(last, network.Add);
        return network;
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
