using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using TorchSharp;

namespace ExitHost;

/// <summary>Kinds of native work, each without an end, and how to tell that one has begun.</summary>
internal static class Work
{
    private const int FeatureCount = 4;
    private const int Side = 64;
    private static readonly MLContext ml = new(seed: 1);
    private static long calls;

    /// <summary>Set when the work has begun: after the first batch of a training, or after a first call of all else.</summary>
    internal static ManualResetEventSlim HasBegun { get; } = new();

    /// <summary>The works by name. The function prepares one, and what it returns runs it.</summary>
    internal static IReadOnlyDictionary<string, Func<Action>> Kinds { get; } = new Dictionary<string, Func<Action>>
    {
        ["fit"] = () => () => Trainer(Deep(256), epochs: 1_000_000).Fit(Rows(3000)),
        ["stream"] = () => () => Trainer(Deep(256), epochs: 1_000_000, cacheBytes: 1 << 14).Fit(Rows(3000)),
        ["large-step"] = () => () => Trainer(Deep(2048), epochs: 1_000_000, batchSize: 4096).Fit(Rows(4096)),
        ["module"] = () => () => Trainer(Module(), epochs: 1_000_000).Fit(Rows(3000)),
        ["pixels"] = () => () => ml.MulticlassClassification.Trainers.NeuralNetwork(Convolutional(), ImageOptions(cacheBytes: 1 << 14)).Fit(Pixels()),
        ["image-trainer"] = () => () => Repeat(() => ml.MulticlassClassification.Trainers.ImageClassification(
            new ResNet18 { Height = 32, Width = 32, WidthMultiplier = 0.125f }, new ImageTrainingOptions { FeatureColumnName = "Pixels", Epochs = 2, Seed = 1 }).Fit(Pixels(32))),
        ["rate"] = () => () => Repeat(() => Trainer(Deep(64)).FindLearningRate(Rows(500), steps: 20)),
        ["batch-size"] = () => () => Repeat(() => Trainer(Deep(64)).FindBatchSize(Rows(500), max: 64)),
        ["doctor"] = () => () => Repeat(() => Trainer(Deep(16)).Diagnose(Rows(200), batches: 2)),
        ["evaluation"] = () => () => Repeat(() => Trainer(Deep(64)).Fit(Rows(500), Rows(3000))),
        ["adaptation"] = () => () => Repeat(() => Trainer(new Sequential { new Normalization(), new Dense(4) }).Fit(Rows(3000))),
        ["quantize"] = Quantize,
        ["transform"] = () => Endless(Transform(Deep(256))),
        ["transform-once"] = () => Transform(Deep(32)),
        ["transform-large"] = () => Endless(Transform(Deep(1500))),
        ["transform-pixels"] = TransformPixels,
        ["engines"] = Engines,
        ["torch"] = () => Endless(Transform(Module())),
        ["explain"] = Explain,
        ["decode"] = () => () => Repeat(() => Read(Pixels())),
    };

    /// <summary>Waits until the work has been called so many times more.</summary>
    internal static bool AwaitCalls(int more, TimeSpan patience)
    {
        long goal = Interlocked.Read(ref calls) + more;
        return SpinWait.SpinUntil(() => Interlocked.Read(ref calls) >= goal, patience);
    }

    private static void Called()
    {
        Interlocked.Increment(ref calls);
        HasBegun.Set();
    }

    private static Action Endless(Action call) => () => Repeat(call);

    private static void Repeat(Action call)
    {
        while (true)
        {
            call();
            Called();
        }
    }

    private static IDataView Rows(int count) =>
        ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new Row { Features = [i % 3, i % 5, i % 7, i % 11], Label = i % 3 }).ToArray());

    private static Sequential Deep(int units) => new() { new Dense(units, Activation.ReLU), new Dense(units, Activation.ReLU), new Dense(units) };

    private static Sequential Convolutional() => new() { new Conv2D(8, 3, activation: Activation.ReLU), new Conv2D(8, 3, activation: Activation.ReLU), new GlobalAveragePooling2D() };

    private static Sequential Module() =>
        new() { Network.FromModule("exit/tower", () => torch.nn.Sequential(torch.nn.Linear(FeatureCount, 64), torch.nn.ReLU(), torch.nn.Linear(64, 8))) };

    private static NeuralNetworkTrainer Trainer(Network network, int epochs = 1, long? cacheBytes = null, int batchSize = 32)
    {
        var options = new NeuralNetworkOptions { Epochs = epochs, BatchSize = batchSize, Seed = 1, Device = Device.Cpu };
        options.CacheBytes = cacheBytes ?? options.CacheBytes;
        options.Callbacks.Add(new LambdaCallback(onBatchEnd: (_, _) => Called()));
        return ml.Regression.Trainers.NeuralNetwork(network, options);
    }

    private static NeuralNetworkOptions ImageOptions(long cacheBytes) => new()
    {
        FeatureColumnName = "Pixels",
        Epochs = 1_000_000,
        BatchSize = 8,
        Seed = 1,
        Device = Device.Cpu,
        CacheBytes = cacheBytes,
        Callbacks = { new LambdaCallback(onBatchEnd: (_, _) => Called()) },
    };

    private static Action Transform(Network network)
    {
        ITransformer model = Trainer(network).Fit(Rows(64));
        IDataView scored = model.Transform(Rows(20_000));
        return () => Read(scored);
    }

    private static Action TransformPixels()
    {
        NeuralNetworkOptions options = ImageOptions(1 << 20);
        options.Epochs = 1;
        IDataView data = Pixels();
        IDataView scored = ml.MulticlassClassification.Trainers.NeuralNetwork(Convolutional(), options).Fit(data).Transform(data);
        return Endless(() => Read(scored));
    }

    private static Action Engines()
    {
        ITransformer model = Trainer(Deep(64)).Fit(Rows(64));
        return () =>
        {
            for (int i = 0; i < 3; i++)
            {
                PredictionEngine<Row, Scored> engine = ml.Model.CreatePredictionEngine<Row, Scored>(model);
                new Thread(() => Repeat(() => engine.Predict(new Row { Features = [1, 2, 3, 4] }))) { IsBackground = true }.Start();
            }
        };
    }

    private static Action Quantize()
    {
        NeuralNetworkTransformer model = Trainer(Deep(256)).Fit(Rows(64));
        string folder = Directory.CreateTempSubdirectory("deeplayers-exit-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return Endless(() => model.ExportOnnx(Path.Combine(folder, "model.onnx"), new OnnxExportOptions(OnnxPrecision.StaticInt8) { Data = Rows(2000) }));
    }

    private static Action Explain()
    {
        NeuralNetworkOptions options = ImageOptions(1 << 20);
        options.Epochs = 1;
        IDataView data = Pixels();
        var gradCam = new GradCam(ml.MulticlassClassification.Trainers.NeuralNetwork(Convolutional(), options).Fit(data));
        return Endless(() => _ = gradCam.Explain(data).Count());
    }

    private static IDataView Pixels(int side = Side)
    {
        IDataView images = ml.Data.LoadFromEnumerable(Encoded.Value);
        IDataView keyed = ml.Transforms.Conversion.MapValueToKey("Label").Fit(images).Transform(images);
        return ml.Transforms.LoadPixels("Pixels", side, side, "File").Fit(keyed).Transform(keyed);
    }

    private static readonly Lazy<Picture[]> Encoded = new(() =>
    {
        string path = Path.Combine(Path.GetTempPath(), $"deeplayers-exit-{Environment.ProcessId}.png");
        var random = new Random(1);
        Picture[] pictures = [.. Enumerable.Range(0, 24).Select(i =>
        {
            byte[] pixels = new byte[300 * 200 * 4];
            random.NextBytes(pixels);
            using MLImage image = MLImage.CreateFromPixels(300, 200, MLPixelFormat.Rgba32, pixels);
            image.Save(path);
            return new Picture { File = File.ReadAllBytes(path), Label = i % 3 };
        })];
        File.Delete(path);
        return pictures;
    });

    private static void Read(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        while (cursor.MoveNext())
        {
        }
    }

    private sealed class Row
    {
        [VectorType(FeatureCount)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Picture
    {
        public byte[] File { get; set; } = [];

        public float Label { get; set; }
    }
}
