using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Computing a part of the network again changes no number, and takes less memory.</summary>
[TestClass]
[DoNotParallelize]
public sealed class RematerializationTests
{
    private static readonly Dictionary<string, Func<Network>> Networks = new(StringComparer.Ordinal)
    {
        ["dropout"] = RematerializedNetworks.PerceptronWithDropout,
        ["batch normalization"] = RematerializedNetworks.ConvolutionWithBatchNormalization,
        ["residual"] = RematerializedNetworks.Residual,
        ["recurrent"] = RematerializedNetworks.MaskedRecurrent,
        ["transformer"] = RematerializedNetworks.Transformer,
        ["shared"] = RematerializedNetworks.Shared,
        ["two outputs"] = RematerializedNetworks.TwoInputsAndOutputs,
        ["added losses"] = RematerializedNetworks.AddedLosses,
        ["spectral"] = RematerializedNetworks.Spectral,
        ["frozen"] = RematerializedNetworks.Frozen,
        ["of others"] = RematerializedNetworks.OfOthers,
    };

    public static IEnumerable<object[]> Cases => Networks.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Weights_and_losses_are_the_same_to_the_bit(string name) => AssertSame(name, options => options);

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void So_they_are_in_mixed_precision_and_with_gradients_of_several_batches(string name) => AssertSame(name, options =>
    {
        options.Precision = TrainingPrecision.MixedBFloat16;
        options.Optimizer = new Adam(0.01f) { GradientAccumulationSteps = 2, GlobalClipNorm = 1 };
        return options;
    });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void So_they_are_with_gradients_of_several_batches(string name) => AssertSame(name, options =>
    {
        options.Optimizer = new SGD(0.05f) { GradientAccumulationSteps = 3 };
        return options;
    });

    [TestMethod]
    public void So_they_are_with_mixed_examples() => AssertSame("dropout", options =>
    {
        options.MixUpAlpha = 0.3f;
        return options;
    });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void No_tensor_is_left_behind(string name)
    {
        long LeftBy(Rematerialization? rematerialization)
        {
            GraphRun run = Run(name, rematerialization, options => options);
            run.Train();
            long before = LiveTensors.Count();
            run.Train();
            return LiveTensors.Count() - before;
        }

        // TorchSharp's own modules leave some behind.
        Assert.AreEqual(LeftBy(null), LeftBy(Rematerialization.Full));
    }

    [TestMethod]
    public void Who_looks_on_sees_the_same_values()
    {
        float[][] plain = Seen(null), again = Seen(Rematerialization.Full);
        Assert.HasCount(8, plain);
        for (int node = 0; node < plain.Length; node++)
        {
            CollectionAssert.AreEqual(plain[node], again[node]);
        }

        float[][] Seen(Rematerialization? rematerialization)
        {
            var observer = new Onlooker();
            (Run("dropout", rematerialization, options => options) with { Observer = observer }).Train();
            return observer.Values!;
        }
    }

    /// <summary>
    /// Outputs of 34 MB, which the C library takes from the system and gives back one by one, so that the memory of the process
    /// shows how many there are at a time: all 16, or at most 4 that are kept and 4 of a segment.
    /// </summary>
    [TestMethod]
    public void Fewer_outputs_are_held_at_a_time()
    {
        double plain = PeakOutputs(null), again = PeakOutputs(Rematerialization.Automatic);
        Assert.IsInRange(12, 19, plain);
        Assert.IsInRange(5, 10, again);
    }

    private static double PeakOutputs(Rematerialization? rematerialization)
    {
        const int Width = 1 << 19, Batch = 17;
        _ = LiveTensors.Count(); // what earlier tests dropped must not be freed while this one measures
        var memory = new MeasuredTanh.Meter();
        Sequential network = [new Input(Width), new PReLU()];
        for (int i = 0; i < 16; i++)
        {
            network.Add(new ActivationLayer(new MeasuredTanh { Memory = memory }));
        }

        network.Add(new Dense(1));
        var options = new NeuralNetworkOptions { Epochs = 1, BatchSize = Batch, Optimizer = new SGD(), Rematerialization = rematerialization };
        (new GraphRun(network) { Options = options, Examples = Batch }).Train();
        return (memory.Peak - memory.First) / (double)(Width * Batch * sizeof(float));
    }

    /// <summary>A GPU's random numbers cannot be had twice without a seed for each segment, so that they are others than in one pass.</summary>
    private static readonly string[] WithoutRandomNumbers = ["added losses", "spectral"];

    private static void AssertSame(string name, Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        if (!TestDevice.IsCpu && !WithoutRandomNumbers.Contains(name))
        {
            Assert.Inconclusive("The network draws random numbers.");
        }

        TrainingResult expected = Run(name, null, change).Train();
        Network network = Networks[name]();
        string middle = network.Graph.Nodes[network.Graph.Nodes.Count / 2].Layer.Name ?? "";
        foreach (Rematerialization rematerialization in new[] { Rematerialization.Full, Rematerialization.Automatic, Rematerialization.After(middle) })
        {
            TrainingResult actual = Run(name, rematerialization, change).Train();
            WeightAssert.AreEqual(expected.Weights, actual.Weights);
            CollectionAssert.AreEqual(
                expected.History.Epochs.Select(epoch => epoch.Metrics["loss"]).ToArray(), actual.History.Epochs.Select(epoch => epoch.Metrics["loss"]).ToArray());
        }
    }

    private static GraphRun Run(string name, Rematerialization? rematerialization, Func<NeuralNetworkOptions, NeuralNetworkOptions> change)
    {
        NeuralNetworkOptions options = change(new() { Epochs = 3, BatchSize = 8, Optimizer = new Adam(0.01f) });
        options.Rematerialization = rematerialization;
        return new GraphRun(Networks[name]()) { Options = options };
    }

    private sealed class Onlooker : IStepObserver
    {
        internal float[][]? Values { get; private set; }

        public bool LooksAtValues => true;

        public void OnForward(BatchTensorSet batch, IReadOnlyList<torch.Tensor>[] values) =>
            Values ??= [.. values.Select(node => node[0].detach().contiguous().data<float>().ToArray())];

        public void OnBackward(StepOutcome outcome, ParameterBuffer parameters)
        {
        }

        public void OnStep(ParameterBuffer parameters)
        {
        }
    }
}
