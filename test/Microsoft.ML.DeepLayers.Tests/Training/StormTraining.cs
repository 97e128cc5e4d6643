using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using ModuleHost;
using OwnLayer;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A kind of training, short enough to be repeated hundreds of times.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Train">Trains from the same seed each time and gives the weights and figures.</param>
internal sealed record StormTraining(string Name, Func<float[]> Train)
{
    /// <summary>The kinds: every optimizer, and the layers, losses and options that go different ways through libtorch.</summary>
    internal static IReadOnlyList<StormTraining> All { get; } = [.. Optimizers(), .. Options(), .. Images(), .. Sequences(), .. Layers(), .. Labels(), .. Pipelines()];

    private static Rows Line { get; } = Rows.Line(48);

    private static Rows Pictures { get; } = Rows.Make(32, 64, x => x[0] > x[63] ? x[7] > 0 ? 3 : 2 : x[7] > 0 ? 1 : 0);

    private static IEnumerable<StormTraining> Optimizers() => new (Optimizer Optimizer, Loss Loss)[]
    {
        (new Adam(0.01f, amsgrad: true), new MeanSquaredError()), (new AdamW(0.01f), new Huber(0.5f)), (new SGD(0.05f, 0.9f, nesterov: true), new LogCosh()),
        (new RMSprop(0.01f, momentum: 0.5f, centered: true), new MeanAbsoluteError()), (new Adamax(0.01f), new Quantile(0.3f)), (new Nadam(0.01f), new Poisson()),
        (new RAdam(0.01f), new MeanSquaredError()), (new Adagrad(0.05f), new MeanAbsolutePercentageError()), (new Adadelta(1), new CosineSimilarity()),
        (new Lion(0.005f), new Huber()), (new Lamb(0.01f), new LogCosh()), (new Adafactor(0.02f), new MeanSquaredError()),
    }.Select(row => Of($"{row.Optimizer.GetType().Name} on {row.Loss.Name}", Dense, optimizer: row.Optimizer, change: options => options.Loss = row.Loss));

    private static IEnumerable<StormTraining> Options()
    {
        yield return Of("moving average of weights", Dense, optimizer: new Adam(0.01f) { EmaMomentum = 0.9f });
        yield return Of("accumulated and clipped gradients", Dense, optimizer: new SGD(0.05f) { GradientAccumulationSteps = 2, ClipValue = 0.1f });
        yield return Of("global norm, weight decay", Dense, optimizer: new Adam(0.01f) { GlobalClipNorm = 0.5f, WeightDecay = 0.01f, ExcludeBiasAndNormFromWeightDecay = true });
        yield return Of("norm of each gradient, schedule", Dense, optimizer: new Adam(new CosineDecay(0.02f)) { ClipNorm = 0.1f });
        yield return Of("weight averaging, other callbacks", Normalized, change: options =>
        {
            options.Callbacks.Add(new StochasticWeightAveraging(startEpoch: 1));
            options.Callbacks.Add(new TerminateOnNaN());
            options.Callbacks.Add(new ReduceLROnPlateau("loss", patience: 1));
        });
        yield return Of("rematerialization with dropout", [new Dense(16, Activation.ReLU), new Dropout(0.2f), new Dense(16, Activation.Tanh), new Dense(8)], change: options => options.Rematerialization = Rematerialization.Full);
        yield return Of("bfloat16", Dense, change: options => options.Precision = TrainingPrecision.MixedBFloat16);
        yield return Of("float16", Dense, change: options => options.Precision = TrainingPrecision.MixedFloat16);
        yield return Of("mixed examples", Dense, change: options => options.MixUpAlpha = 0.3f);
        yield return Of("metrics of regression", Dense, change: options => Array.ForEach<Metric>(
            [new RootMeanSquaredError(), new R2Score(), new PearsonCorrelation(0), new ConcordanceCorrelation(0)], options.Metrics.Add));
    }

    private static IEnumerable<StormTraining> Images()
    {
        yield return Image("convolutions", [new Reshape(8, 8, 1), new Conv2D(4, 3, activation: Activation.ReLU), new MaxPooling2D(2), new Flatten()]);
        yield return Image("separable and depthwise convolutions", [new Reshape(8, 8, 1), new SeparableConv2D(4, 3), new DepthwiseConv2D(3), new GlobalAveragePooling2D()]);
        yield return Image("transposed convolution", [new Reshape(8, 8, 1), new Conv2DTranspose(3, 3, activation: Activation.ELU()), new AveragePooling2D(2), new Flatten()]);
        yield return Image("augmentation", [new Reshape(8, 8, 1), new RandomFlip(), new RandomRotation(0.1f), new RandomZoom(0.2f), new RandomTranslation(0.1f, 0.1f), new Conv2D(4, 3), new Flatten()]);
        yield return Image("augmentation of colours", [new Reshape(8, 8, 1), new RandomBrightness(0.2f, (0, 1)), new RandomContrast(0.2f, (0, 1)), new RandomErasing(), new Conv2D(4, 3), new Flatten()]);
        yield return new("CutMix", () => Numbers(new GraphRun(new Sequential { new Input(8, 8, 1), new Conv2D(4, 3), new Flatten(), new Dense(1) })
        {
            Options = Small(options => options.CutMixAlpha = 1),
        }.Train()));
        yield return Image("focal loss, metrics of classes", [new Dense(8, Activation.GELU)], change: options =>
        {
            options.Loss = new CategoricalFocalCrossentropy();
            Array.ForEach<Metric>([new SparseCategoricalAccuracy(), new AUC(), new F1Score(), new Precision(), new MeanIoU(4)], options.Metrics.Add);
        });
    }

    private static IEnumerable<StormTraining> Sequences()
    {
        yield return Image("LSTM", [new Reshape(8, 8), new LSTM(5)]);
        yield return Image("GRU with dropout", [new Reshape(8, 8), new GRU(5, dropout: 0.2f, recurrentDropout: 0.2f)]);
        yield return Image("both directions", [new Reshape(8, 8), new Bidirectional(new SimpleRNN(4, returnSequences: true)), new GlobalMaxPooling1D()]);
        yield return Image("ConvLSTM", [new Reshape(4, 4, 4, 1), new ConvLSTM2D(2, 2), new Flatten()]);
        yield return Image("attention", [new Reshape(8, 8), new Attention(useScale: true), new GlobalAveragePooling1D()]);
        yield return Image("transformer", [new Reshape(8, 8), new TransformerEncoder(16, 2, dropout: 0.1f), new GlobalAveragePooling1D()]);
    }

    private static IEnumerable<StormTraining> Layers()
    {
        yield return Image("group normalization", [new Reshape(8, 8, 1), new Conv2D(4, 3), new GroupNormalization(2), new Flatten()]);
        yield return Of("batch, layer and unit normalization", Normalized);
        yield return Of("spectral normalization", [new SpectralNormalization(new Dense(8)), new RMSNormalization(), new PReLU()]);
        yield return Of("noise", [new GaussianNoise(0.1f), new Dense(8, Activation.SELU), new AlphaDropout(0.1f), new GaussianDropout(0.1f), new ActivityRegularization(0.01f, 0.01f)]);
        yield return Of("constraints and regularizers", [new Dense(8, kernelRegularizer: new OrthogonalRegularizer(), biasRegularizer: new L1L2(0.01f, 0.01f), kernelConstraint: new MaxNorm(0.5f), biasConstraint: new NonNeg())]);
        yield return Of("own layer", [new GaussianUnits(6), new Dense(4, Activation.Softplus)]);
    }

    private static IEnumerable<StormTraining> Labels()
    {
        Rows flags = Rows.Make(48, 3, x => x[0] > x[1] ? 1 : 0);
        TestRun Binary(Loss loss) => new() { Body = Dense, Head = new BinaryHead(), Training = flags, Options = Small(options => options.Loss = loss) };
        yield return new("binary focal loss", () => Numbers(Binary(new BinaryFocalCrossentropy()).Train()));
        yield return new("hinge", () => Numbers(Binary(new SquaredHinge()).Train()));
        yield return new("several outputs", () =>
        {
            var input = new Input(6);
            LayerOutput body = new Dense(8, Activation.SiLU).Apply(input);
            return Numbers(new GraphRun(new Network([input], new Dictionary<string, LayerOutput> { ["one"] = new Dense(1).Apply(body), ["other"] = new Dense(1).Apply(new Multiply().Apply(body, body)) })).Train());
        });
    }

    private static IEnumerable<StormTraining> Pipelines()
    {
        yield return new("words of any length", () => Fit<Words>(32, (random, row) =>
        {
            row.Features = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => (float)random.Next(1, 9))];
            row.Label = row.Features.Average();
        }, new Sequential { new Input(Shape.Variable), new Embedding(10, 4, maskZero: true), new LSTM(4) }));
        yield return new("embeddings of classes", () => Fit<Four>(32, (random, row) =>
        {
            Fill(random, row);
            row.Label = random.Next(3);
        }, new Sequential { new Dense(8, Activation.Tanh), new Dense(3), new UnitNormalization() }, options => (options.Loss, options.AddOutputLayer) = (new TripletSemiHard(), false)));
        yield return new("module", () => Fit<Four>(32, Fill, Network.FromModule(TestModules.Tower, TestModules.MakeTower)));
        yield return new("learning-rate finder", () =>
        {
            var ml = new MLContext(1);
            return [.. ml.Regression.Trainers.NeuralNetwork(Dense, Small()).FindLearningRate(Data<Four>(ml, 32, Fill), steps: 12).Points.Select(point => (float)point.SmoothedLoss)];
        });
        yield return new("doctor", () =>
        {
            var ml = new MLContext(1);
            return [.. ml.Regression.Trainers.NeuralNetwork(Normalized, Small()).Diagnose(Data<Four>(ml, 64, Fill), batches: 3).Losses.Select(loss => (float)loss)];
        });
    }

    private static Sequential Dense => [new Dense(12, Activation.ReLU), new Dense(6, Activation.Tanh)];

    private static Sequential Normalized => [new Dense(8), new BatchNormalization(), new Dense(8, Activation.Mish), new LayerNormalization(), new UnitNormalization()];

    private static NeuralNetworkOptions Small(Action<NeuralNetworkOptions>? change = null, Optimizer? optimizer = null)
    {
        var options = new NeuralNetworkOptions { Epochs = 2, BatchSize = 16, Optimizer = optimizer ?? new Adam(0.01f), Device = Device.Cpu, Seed = 1 };
        change?.Invoke(options);
        return options;
    }

    private static StormTraining Of(string name, Sequential body, Optimizer? optimizer = null, Action<NeuralNetworkOptions>? change = null) =>
        new(name, () => Numbers(new TestRun { Body = body, Training = Line, Options = Small(change, optimizer) }.Train()));

    private static StormTraining Image(string name, Sequential body, Action<NeuralNetworkOptions>? change = null) =>
        new(name, () => Numbers(new TestRun { Body = body, Head = new MulticlassHead(), Units = 4, Training = Pictures, Options = Small(change) }.Train()));

    private static float[] Numbers(TrainingResult result) =>
        [.. result.Weights.SelectMany(weight => weight.Values.ToArray()), .. result.History.Epochs.SelectMany(epoch => epoch.Metrics.Values).Select(value => (float)value)];

    private static float[] Fit<T>(int count, Action<Random, T> fill, Network network, Action<NeuralNetworkOptions>? change = null)
        where T : class, new()
    {
        var ml = new MLContext(1);
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(network, Small(change)).Fit(Data(ml, count, fill));
        return [.. model.Model.WeightNames.SelectMany(name => model.Model.GetWeight(name))];
    }

    private static IDataView Data<T>(MLContext ml, int count, Action<Random, T> fill)
        where T : class, new()
    {
        var random = new Random(1);
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(_ =>
        {
            var row = new T();
            fill(random, row);
            return row;
        }).ToArray());
    }

    private static void Fill(Random random, Four row)
    {
        row.Features = [.. Enumerable.Range(0, 4).Select(_ => (2 * random.NextSingle()) - 1)];
        row.Label = row.Features[0] - (row.Features[1] * row.Features[2]);
    }

    private sealed class Four
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Words
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }
}
