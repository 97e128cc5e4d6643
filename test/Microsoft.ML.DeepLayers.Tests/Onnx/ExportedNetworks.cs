using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Onnx;

/// <summary>Small trained networks of each kind, with data that they have not seen.</summary>
internal static class ExportedNetworks
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly Dictionary<string, Lazy<TrainedExample>> All = new()
    {
        ["dense, regression"] = new(() => OfTrainerData(Ml.Regression.Trainers, "Number")),
        ["dense, binary"] = new(() => OfTrainerData(Ml.BinaryClassification.Trainers, "Flag")),
        ["dense, normalized, several classes"] = new(() => OfTrainerData(Ml.MulticlassClassification.Trainers, "Kind")),
        ["convolutions"] = new(Convolutions),
        ["residual convolutions"] = new(ResidualConvolutions),
        ["LSTM of variable length"] = new(() => Sequences(new Sequential { new Input(Shape.Variable, 2), new LSTM(8), new Dense(8, Activation.Tanh) })),
        ["transformer of variable length"] = new(() => Sequences(new Sequential { new Input(Shape.Variable, 2), new Dense(8), new TransformerEncoder(16, numHeads: 2), new GlobalAveragePooling1D() })),
        ["keys of variable length"] = new(Keys),
        ["several inputs and outputs"] = new(SeveralInputs),
    };

    internal static IEnumerable<string> Names => All.Keys;

    internal static TrainedExample Get(string name) => All[name].Value;

    internal static NeuralNetworkOptions Options(string label, string features = "Features", int epochs = 8) => new()
    {
        LabelColumnName = label,
        FeatureColumnName = features,
        Epochs = epochs,
        Optimizer = new Adam(0.01f),
        Device = Device.Cpu,
        Seed = 1,
    };

    private static TrainedExample OfTrainerData(object catalog, string label)
    {
        IDataView train = TrainerView(300, 1);
        Sequential network = catalog is MulticlassClassificationCatalog.MulticlassClassificationTrainers
            ? new() { new Dense(16), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new Dense(16, Activation.ReLU) }
            : TrainerPipelines.Network;
        NeuralNetworkTrainer trainer = catalog switch
        {
            RegressionCatalog.RegressionTrainers regression => regression.NeuralNetwork(network, Options(label)),
            BinaryClassificationCatalog.BinaryClassificationTrainers binary => binary.NeuralNetwork(network, Options(label)),
            MulticlassClassificationCatalog.MulticlassClassificationTrainers several => several.NeuralNetwork(network, Options(label)),
            _ => throw new ArgumentOutOfRangeException(nameof(catalog)),
        };
        return new TrainedExample(trainer.Fit(train), TrainerView(200, 2));
    }

    private static IDataView TrainerView(int count, int seed)
    {
        IDataView view = TrainerData.View(Ml, count, seed);
        var names = Ml.Data.LoadFromEnumerable(new[] { new { Class = "low" }, new { Class = "middle" }, new { Class = "high" } });
        return Ml.Transforms.Conversion.MapValueToKey("Kind", "Class", keyData: names).Fit(view).Transform(view);
    }

    private static TrainedExample Convolutions() => Images(new Sequential
    {
        new Input(10, 10, 1), new Conv2D(4, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU), new MaxPooling2D(2),
        new Conv2D(6, kernelSize: 3), new BatchNormalization(), new ActivationLayer(Activation.ReLU), new Flatten(), new Dense(12, Activation.ReLU),
    });

    private static TrainedExample ResidualConvolutions()
    {
        var image = new Input(10, 10, 1);
        LayerOutput first = new Conv2D(4, kernelSize: 3, padding: Padding.Same, activation: Activation.ReLU).Apply(image);
        LayerOutput second = new Conv2D(4, kernelSize: 3, padding: Padding.Same).Apply(first);
        LayerOutput sum = new ActivationLayer(Activation.ReLU).Apply(new Add().Apply(first, second));
        return Images(new Network(image, new GlobalAveragePooling2D().Apply(new DepthwiseConv2D(kernelSize: 3).Apply(sum))));
    }

    /// <summary>Lines that lie, stand or slant, with noise.</summary>
    private static TrainedExample Images(Network network) => new(
        Ml.MulticlassClassification.Trainers.NeuralNetwork(network, Options("Kind", "Pixels", epochs: 6)).Fit(ImageView(300, 1)), ImageView(200, 2));

    private static IDataView ImageView(int count, int seed)
    {
        var random = new Random(seed);
        IDataView view = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i =>
        {
            var pixels = new float[100];
            (int kind, int place) = (i % 3, random.Next(1, 9));
            for (int k = 0; k < 10; k++)
            {
                pixels[kind switch { 0 => (10 * place) + k, 1 => (10 * k) + place, _ => (10 * k) + ((k + place) % 10) }] = 0.5f + random.NextSingle();
            }

            return new Image { Pixels = [.. pixels.Select(pixel => pixel + (0.3f * random.NextSingle()))], Name = new[] { "lies", "stands", "slants" }[kind] };
        }).ToArray());
        var names = Ml.Data.LoadFromEnumerable(new[] { new { Name = "lies" }, new { Name = "stands" }, new { Name = "slants" } });
        return Ml.Transforms.Conversion.MapValueToKey("Kind", "Name", keyData: names).Fit(view).Transform(view);
    }

    private static TrainedExample Sequences(Network network) => new(
        Ml.Regression.Trainers.NeuralNetwork(network, Options("Mean", "Steps")).Fit(SequenceView(200, 1)), SequenceView(100, 2));

    private static IDataView SequenceView(int count, int seed)
    {
        var random = new Random(seed);
        return Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            float[] steps = [.. Enumerable.Range(0, 2 * random.Next(1, 9)).Select(_ => (2 * random.NextSingle()) - 1)];
            return new Sequence { Steps = steps, Mean = steps.Average() };
        }).ToArray());
    }

    private static TrainedExample Keys()
    {
        var network = new Sequential { new Input(Shape.Variable), new Embedding(3000, 8, maskZero: true), new LSTM(8) };
        return new TrainedExample(Ml.BinaryClassification.Trainers.NeuralNetwork(network, Options("Flag", "Words")).Fit(KeyView(200, 1)), KeyView(100, 2));
    }

    /// <summary>Keys up to 2999: from 2048 on, float16 cannot tell neighbours apart.</summary>
    private static IDataView KeyView(int count, int seed)
    {
        var random = new Random(seed);
        return Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            uint[] words = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => (uint)random.Next(2900, 3000))];
            return new Text { Words = words, Flag = words[^1] % 2 == 0 };
        }).ToArray());
    }

    private static TrainedExample SeveralInputs()
    {
        Input left = new(new Shape(2), column: "Left"), right = new(null, column: "Right");
        LayerOutput body = new Dense(16, Activation.Tanh).Apply(new Concatenate().Apply(new Dense(16).Apply(left), new Dense(16).Apply(right)));
        var network = new Network([left, right], new Dictionary<string, LayerOutput> { ["number"] = body, ["flag"] = body, ["both"] = body });
        NeuralNetworkOptions options = Options("Label");
        options.Outputs.Add(new("number", "Number"));
        options.Outputs.Add(new("flag", "Flag", PredictionTask.BinaryClassification));
        options.Outputs.Add(new("both", "Both"));
        return new TrainedExample(Ml.Regression.Trainers.NeuralNetwork(network, options).Fit(PairView(300, 1)), PairView(200, 2));
    }

    private static IDataView PairView(int count, int seed)
    {
        var random = new Random(seed);
        return Ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            float[] x = [.. Enumerable.Range(0, 3).Select(_ => (2 * random.NextSingle()) - 1)];
            float sum = x[0] + x[1] - x[2];
            return new Pair { Left = [x[0], x[1]], Right = x[2], Number = sum, Flag = sum > 0, Both = [x[0] + x[1], x[0] - x[1]] };
        }).ToArray());
    }

    private sealed class Image
    {
        [VectorType(100)]
        public float[] Pixels { get; set; } = [];

        public string Name { get; set; } = "";
    }

    private sealed class Sequence
    {
        public float[] Steps { get; set; } = [];

        public float Mean { get; set; }
    }

    private sealed class Text
    {
        [KeyType(3000)]
        public uint[] Words { get; set; } = [];

        public bool Flag { get; set; }
    }

    private sealed class Pair
    {
        [VectorType(2)]
        public float[] Left { get; set; } = [];

        public float Right { get; set; }

        public float Number { get; set; }

        public bool Flag { get; set; }

        [VectorType(2)]
        public float[] Both { get; set; } = [];
    }
}

/// <summary>A trained network and data for it.</summary>
internal sealed record TrainedExample(NeuralNetworkTransformer Model, IDataView Data);
