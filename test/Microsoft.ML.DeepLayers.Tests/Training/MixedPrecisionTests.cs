using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Tests.Trainers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Training with layers that compute in 16 bits.</summary>
[TestClass]
[DoNotParallelize]
public sealed class MixedPrecisionTests
{
    private static readonly ForwardContext Scoring = new(Training: false, null);

    /// <summary>The loss after training, within a tenth of that in 32 bits; both far below that of not learning at all, 1.4.</summary>
    [TestMethod]
    [DataRow(TrainingPrecision.MixedBFloat16, 1)]
    [DataRow(TrainingPrecision.MixedBFloat16, 2)]
    [DataRow(TrainingPrecision.MixedFloat16, 1)]
    public void A_dense_network_learns_as_well(TrainingPrecision precision, int seed)
    {
        TrainingResult Train(TrainingPrecision used) => new TestRun
        {
            Body = [new Dense(32, Activation.ReLU), new LayerNormalization(), new Dense(16, Activation.Tanh)],
            Training = Rows.Line(400, seed),
            Options = new() { Epochs = 30, Optimizer = new Adam(0.01f), Precision = used },
            Seed = seed,
        }.Train();
        double full = Loss(Train(TrainingPrecision.Float32)), mixed = Loss(Train(precision));
        Assert.IsLessThan(0.02, full);
        Assert.IsLessThan(0.02, mixed);
        Assert.AreNotEqual(full, mixed);
    }

    /// <summary>Which quarter of an image is bright: all right in both.</summary>
    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.MixedBFloat16)]
    [DataRow(TrainingPrecision.MixedFloat16)]
    public void A_convolutional_network_learns_as_well(TrainingPrecision precision)
    {
        TrainingResult result = new TestRun
        {
            Body =
            [
                new Reshape(8, 8, 1), new Conv2D(8, 3, padding: Padding.Same), new BatchNormalization(), new ReLU(), new MaxPooling2D(2),
                new Conv2D(16, 3, padding: Padding.Same, activation: Activation.ReLU), new Flatten(), new Dropout(0.2f), new Dense(16, Activation.ReLU),
            ],
            Head = new MulticlassHead(),
            Units = 4,
            Training = Quarters(256),
            Options = new() { Epochs = 8, Optimizer = new Adam(0.005f), Precision = precision },
        }.Train();
        Assert.IsGreaterThan(0.97, result.History.Epochs[^1].Metrics["accuracy"]);
    }

    [TestMethod]
    public void Gradients_are_nearly_those_of_float32()
    {
        using DisposeScope scope = NewDisposeScope();
        Sequential body = [new Dense(20, Activation.Tanh), new BatchNormalization(), new Dense(10, Activation.Tanh), new Dense(1)];
        Tensor x = randn(16, 5, generator: new Generator(1));
        float[] full = Gradients(body, [5], x, TrainingPrecision.Float32);
        float[] mixed = Gradients(body, [5], x, TrainingPrecision.MixedBFloat16);
        double length = Math.Sqrt(full.Sum(value => (double)value * value));
        double difference = Math.Sqrt(full.Zip(mixed, (a, b) => (double)(a - b) * (a - b)).Sum());
        Assert.IsInRange(1e-6 * length, 0.02 * length, difference);
    }

    /// <summary>Outputs have all digits, even where a layer that only moves numbers gives them.</summary>
    [TestMethod]
    public void Outputs_have_32_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        using TorchNetwork network = Create(new Sequential { new Dense(4), new Reshape(2, 2) }, [3]);
        Assert.HasCount(2, network.LowPrecision);
        Assert.AreEqual(ScalarType.Float32, network.Forward([zeros(2, 3)], Scoring)[0].dtype);
        using TorchNetwork last = Create(new Sequential { new Dense(4) }, [3]);
        Assert.IsEmpty(last.LowPrecision, "a layer that gives an output computes in 32 bits");
    }

    /// <summary>Layers applied at several places, and over steps of two lengths, whose gradients add up.</summary>
    [TestMethod]
    public void Shared_weights_are_learned_in_one_place()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Func<Layer> create in new Func<Layer>[] { () => new Dense(2), () => new LSTM(2), () => new Bidirectional(new GRU(2)) })
        {
            Layer shared = create();
            Input a = new(4, 3), b = new(6, 3);
            LayerOutput[] ends = [new Dense(1).Apply(new Flatten().Apply(shared.Apply(a))), new Dense(1).Apply(new Flatten().Apply(shared.Apply(b)))];
            var both = new Network([a, b], ends);
            Tensor one = randn(2, 4, 3, generator: new Generator(1)), two = randn(2, 6, 3, generator: new Generator(2));
            float[] Run(TrainingPrecision precision)
            {
                using var network = new TorchNetwork(both.Graph, both.Graph.InferShapes([new Shape(4, 3), new Shape(6, 3)]), CPU, precision: precision);
                return Gradients(network, [one, two]);
            }

            float[] full = Run(TrainingPrecision.Float32), mixed = Run(TrainingPrecision.MixedBFloat16);
            double length = Math.Sqrt(full.Sum(value => (double)value * value));
            Assert.IsLessThan(0.03 * length, Math.Sqrt(full.Zip(mixed, (x, y) => (double)(x - y) * (x - y)).Sum()), shared.GetType().Name);
        }
    }

    [TestMethod]
    public void Frozen_layers_compute_with_their_weights_and_keep_them()
    {
        using DisposeScope scope = NewDisposeScope();
        var weights = new NetworkWeights([new("frozen/kernel", new Shape(3, 2), [1, 2, 3, 4, 5, 6]), new("frozen/bias", new Shape(2), [0.5f, 0.25f])]);
        TestRun run = new()
        {
            Body = [new Dense(2) { Name = "frozen", Trainable = false }, new Dense(4) { Name = "learned" }],
            Training = Rows.Line(64),
            Options = new() { Epochs = 2, Precision = TrainingPrecision.MixedBFloat16, InitialWeights = weights },
        };
        NetworkWeights after = run.Train().Weights;
        CollectionAssert.AreEqual(weights["frozen/kernel"].Values.ToArray(), after["frozen/kernel"].Values.ToArray());

        // Had the copies stayed 0, nothing of the features would come through.
        TestRun blind = run with { Options = new() { Epochs = 2, Precision = TrainingPrecision.MixedBFloat16, InitialWeights = new NetworkWeights([new("frozen/kernel", new Shape(3, 2), new float[6])]) } };
        WeightAssert.AreNotEqual(new NetworkWeights([blind.Train().Weights["learned/kernel"]]), new NetworkWeights([after["learned/kernel"]]));
    }

    [TestMethod]
    public void The_same_seed_gives_the_same_weights_to_the_bit()
    {
        TestRun run = Small(TrainingPrecision.MixedBFloat16);
        WeightAssert.AreEqual(run.Train().Weights, run.Train().Weights);
        WeightAssert.AreNotEqual(run.Train().Weights, Small(TrainingPrecision.Float32).Train().Weights);
    }

    /// <summary>Weights that are learned keep what 16 bits would lose: steps of a thousandth of a unit in the last place.</summary>
    [TestMethod]
    public void Small_steps_are_not_lost()
    {
        TestRun run = Small(TrainingPrecision.MixedBFloat16);
        run.Options.Optimizer = new SGD(1e-6f);
        run.Options.Epochs = 1;
        NetworkWeights before = (run with { Options = new() { Epochs = 1, Optimizer = new SGD(1e-30f), Precision = TrainingPrecision.MixedBFloat16 } }).Train().Weights;
        NetworkWeights after = run.Train().Weights;
        foreach (WeightTensor weight in before.Where(weight => weight.Name.EndsWith("kernel", StringComparison.Ordinal)))
        {
            Assert.IsFalse(weight.Values.Span.SequenceEqual(after[weight.Name].Values.Span), weight.Name);
        }
    }

    [TestMethod]
    [DataRow(TrainingPrecision.MixedBFloat16)]
    [DataRow(TrainingPrecision.MixedFloat16)]
    public void A_run_leaves_no_native_memory(TrainingPrecision precision)
    {
        TestRun run = Small(precision) with { Body = [new Dense(8, Activation.ReLU) { Trainable = false }, new Dense(8), new Reshape(4, 2), new LSTM(3)] };
        run.Train(); // What is made once for the whole process.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long tensors = LiveTensors.Count();
        run.Train();
        Assert.AreEqual(tensors, Tensor.TotalCount);
    }

    [TestMethod]
    [DataRow(TrainingPrecision.MixedBFloat16)]
    [DataRow(TrainingPrecision.MixedFloat16)]
    public void An_interrupted_run_goes_on_to_the_bit(TrainingPrecision precision)
    {
        using var folder = new TemporaryFolder();
        TestRun run = Small(precision);
        run.Options.Optimizer = new Adam(0.01f) { GradientAccumulationSteps = 2 };
        TestRun whole = run with { Options = With(run.Options, new Saving(folder["at.safetensors"], 13)) };
        NetworkWeights expected = whole.Train().Weights;
        Assert.IsTrue(File.Exists(folder["at.safetensors"]));
        NetworkWeights actual = (run with { Checkpoint = Checkpoint.Load(folder["at.safetensors"]) }).Train().Weights;
        WeightAssert.AreEqual(expected, actual);
    }

    /// <summary>Gradients that are not finite halve the scale, and the step is left out; all others are as if there were no scale.</summary>
    [TestMethod]
    public void Steps_with_infinite_gradients_are_left_out()
    {
        using DisposeScope scope = NewDisposeScope();
        TestRun run = Small(TrainingPrecision.MixedFloat16);
        TrainingPlan plan = run.Plan();
        using var network = new TorchNetwork(plan.Graph, plan.Shapes, CPU, precision: TrainingPrecision.MixedFloat16);
        network.Initialize(1);
        using var step = new TrainingStep(plan, network);
        NetworkWeights before = network.Snapshot();
        // Gradients of the labels' size, which times the scale are beyond 65504.
        step.Train(Examples(3e4f), 0, 1);
        Assert.AreEqual((LossScale.Initial / 2, 0, 0L, 0), (step.LossScale!.Factor, step.LossScale.GoodSteps, step.Optimizer.Steps, step.Pending));
        WeightAssert.AreEqual(Trainable(before), Trainable(network.Snapshot()));

        step.Train(Examples(0.5f), 1, 1);
        Assert.AreEqual((LossScale.Initial / 2, 1, 1L), (step.LossScale.Factor, step.LossScale.GoodSteps, step.Optimizer.Steps));
        WeightAssert.AreNotEqual(Trainable(before), Trainable(network.Snapshot()));
        Assert.IsLessThan(10, step.Parameters.Gradients.abs().max().item<float>(), "the scale is taken out again");
    }

    /// <summary>Keras's rule, counted by hand.</summary>
    [TestMethod]
    public void The_scale_of_the_loss_halves_and_doubles_as_in_Keras()
    {
        var scale = new LossScale();
        Assert.AreEqual(32768, scale.Factor);
        for (int i = 0; i < 1999; i++)
        {
            scale.Update(isFinite: true);
        }

        Assert.AreEqual((32768.0, 1999), (scale.Factor, scale.GoodSteps));
        scale.Update(isFinite: true);
        Assert.AreEqual((65536.0, 0), (scale.Factor, scale.GoodSteps));
        scale.Update(isFinite: true);
        scale.Update(isFinite: false);
        Assert.AreEqual((32768.0, 0), (scale.Factor, scale.GoodSteps));
        scale.Update(isFinite: false);
        Assert.AreEqual((16384.0, 0), (scale.Factor, scale.GoodSteps));
    }

    [TestMethod]
    public void A_checkpoint_of_another_precision_is_refused()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions Options(TrainingPrecision precision) => new()
        {
            LabelColumnName = "Number",
            Epochs = 2,
            Precision = precision,
            Device = Device.Cpu,
            Callbacks = { new Saving(folder["at.safetensors"], 3) },
        };
        IDataView data = TrainerData.View(ml);
        ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, Options(TrainingPrecision.MixedBFloat16)).Fit(data).Dispose();
        NeuralNetworkOptions other = Options(TrainingPrecision.Float32);
        other.ResumeFrom = folder["at.safetensors"];
        StringAssert.Contains(
            Assert.ThrowsExactly<InvalidOperationException>(() => ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, other).Fit(data)).Message,
            "Precision was MixedBFloat16 and is Float32.");
    }

    [TestMethod]
    public void The_trained_model_has_32_bits()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number", 2);
        options.Precision = TrainingPrecision.MixedBFloat16;
        using NeuralNetworkTransformer model = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options).Fit(TrainerData.View(ml));
        GraphProto graph = ModelProto.Parser.ParseFrom(model.Model.Trained.Onnx).Graph;
        Assert.AreNotEqual(0, graph.Initializer.Count(weight => weight.Name.EndsWith("kernel", StringComparison.Ordinal)));
        const int Float = 1, Int64 = 7; // TensorProto.DataType; shapes are int64.
        Assert.IsTrue(graph.Initializer.All(weight => weight.DataType is Float or Int64));
        Assert.AreEqual(TrainingPrecision.MixedBFloat16, model.Model.GetOptions().Precision);
    }

    [TestMethod]
    public void Float16_is_refused_without_a_GPU()
    {
        var ml = new MLContext(seed: 1);
        NeuralNetworkOptions options = TrainerPipelines.Options("Number");
        options.Precision = TrainingPrecision.MixedFloat16;
        NeuralNetworkTrainer trainer = ml.Regression.Trainers.NeuralNetwork(TrainerPipelines.Network, options);
        Assert.AreEqual(
            "Precision = MixedFloat16 needs an NVIDIA GPU, and training runs on cpu. Use MixedBFloat16, which needs no scaling of the loss either, or Float32.",
            Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(TrainerData.View(ml))).Message);
        options.Precision = (TrainingPrecision)7;
        Assert.AreEqual("Precision", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(TrainerData.View(ml))).ParamName);
    }

    private static BatchTensorSet Examples(float label) => new([randn(8, 3, generator: new Generator(1))], [full(8, label)], null);

    /// <summary>What steps change; statistics of batches change with every batch.</summary>
    private static NetworkWeights Trainable(NetworkWeights weights) => new(weights.Where(weight => !weight.Name.Contains("moving", StringComparison.Ordinal)));

    private static double Loss(TrainingResult result) => result.History.Epochs[^1].Metrics["loss"];

    private static TestRun Small(TrainingPrecision precision) => new()
    {
        Body = [new Dense(8, Activation.Tanh), new BatchNormalization(), new Dropout(0.2f), new Dense(6, Activation.ReLU)],
        Training = Rows.Line(80),
        Options = new() { Epochs = 3, BatchSize = 8, Optimizer = new Adam(0.01f), Precision = precision },
    };

    private static NeuralNetworkOptions With(NeuralNetworkOptions options, Callback callback) => new()
    {
        Epochs = options.Epochs,
        BatchSize = options.BatchSize,
        Optimizer = options.Optimizer,
        Precision = options.Precision,
        Callbacks = { callback },
    };

    private static Rows Quarters(int count)
    {
        var random = new Random(1);
        float[] labels = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(4))];
        float[][] images = [.. labels.Select(label => Enumerable.Range(0, 64)
            .Select(i => ((i / 32 * 2) + (i % 8 / 4) == (int)label ? 0.7f : 0) + random.NextSingle()).ToArray())];
        return new Rows(images, labels);
    }

    private static TorchNetwork Create(Sequential body, int[] input) =>
        new(body.Graph, body.Graph.InferShapes([new Shape(input)]), CPU, precision: TrainingPrecision.MixedBFloat16);

    private static float[] Gradients(Sequential body, int[] input, Tensor x, TrainingPrecision precision)
    {
        using var network = new TorchNetwork(body.Graph, body.Graph.InferShapes([new Shape(input)]), CPU, precision: precision);
        return Gradients(network, [x]);
    }

    /// <summary>The gradients of the trainable weights, in the order of the layers.</summary>
    private static float[] Gradients(TorchNetwork network, Tensor[] inputs)
    {
        network.Initialize(1);
        using var parameters = new ParameterBuffer([.. LowPrecisionWeights.InOrder(network)], CPU);
        using LowPrecisionWeights? low = network.LowPrecision.Count > 0 ? new LowPrecisionWeights(network, parameters, CPU) : null;
        low?.Refresh();
        network.Forward(inputs, new ForwardContext(true, null)).Select(output => output.square().sum()).Aggregate((a, b) => a.add(b)).backward();
        low?.CollectGradients();
        return [.. network.Weights.Where(weight => weight.Spec.Trainable).SelectMany(weight =>
            parameters.Segments.Single(segment => ReferenceEquals(segment.Weight, weight)).Gradient.data<float>().ToArray())];
    }

    /// <summary>Writes a checkpoint after a batch.</summary>
    private sealed record Saving(string Path, long AfterBatches) : Callback
    {
        public override CallbackRun Begin(TrainingRun training) => new Run(training, this);

        private sealed class Run(TrainingRun training, Saving owner) : CallbackRun
        {
            private long batches;

            public override void OnBatchEnd(BatchResult result)
            {
                if (++batches == owner.AfterBatches)
                {
                    training.SaveCheckpoint(owner.Path);
                }
            }
        }
    }
}
