using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>The seed decides everything, whatever else goes on in the process.</summary>
[TestClass]
public sealed class ReproducibilityTests
{
    private static readonly Sequential Perceptron = [new Dense(12, Activation.ReLU), new Dropout(0.4f), new BatchNormalization(), new Dense(8, Activation.Tanh), new Dropout(0.2f)];

    private static readonly Sequential Convolutional =
        [new Input(6, 6, 1), new Conv2D(4, 3, activation: Activation.ReLU), new MaxPooling2D(2), new Dropout(0.3f), new Flatten()];

    private static readonly Sequential Recurrent = [new Reshape(6, 6), new LSTM(5), new Dropout(0.3f)];

    public static IEnumerable<Sequential[]> Bodies => [[Perceptron], [Convolutional], [Recurrent]];

    [TestMethod]
    [DynamicData(nameof(Bodies))]
    public void The_same_seed_gives_the_same_weights_to_the_bit_and_another_does_not(Sequential body)
    {
        TrainingResult first = Run(body, 1).Train();
        // What others draw from libtorch's own generator makes no difference.
        torch.manual_seed(12345);
        torch.rand(7).Dispose();
        TrainingResult second = Run(body, 1).Train();
        WeightAssert.AreEqual(first.Weights, second.Weights);
        CollectionAssert.AreEqual(first.History["loss"].ToArray(), second.History["loss"].ToArray());
        CollectionAssert.AreEqual(first.History["val_loss"].ToArray(), second.History["val_loss"].ToArray());
        WeightAssert.AreNotEqual(first.Weights, Run(body, 2).Train().Weights);
    }

    [TestMethod]
    public void The_seed_decides_the_initial_weights() => WeightAssert.AreNotEqual(InOrder(1, []).Train().Weights, InOrder(2, []).Train().Weights);

    [TestMethod]
    public void The_seed_decides_what_is_dropped()
    {
        Sequential body = [new Dense(12, Activation.Tanh), new Dropout(0.5f)];
        NetworkWeights start = InOrder(1, body).Train().Weights;
        NetworkWeights Train(int seed) => (InOrder(seed, body) with { InitialWeights = start }).Train().Weights;
        WeightAssert.AreEqual(Train(1), Train(1));
        WeightAssert.AreNotEqual(Train(1), Train(2));
    }

    [TestMethod]
    public void Training_leaves_libtorchs_own_generator_alone()
    {
        torch.manual_seed(7);
        float[] expected = Draw();
        torch.manual_seed(7);
        Run(Perceptron, 1).Train();
        CollectionAssert.AreEqual(expected, Draw());

        static float[] Draw()
        {
            using torch.Tensor drawn = torch.rand(5);
            return [.. drawn.data<float>()];
        }
    }

    [TestMethod]
    public void Runs_at_the_same_time_come_to_the_same_bits_as_alone()
    {
        Sequential[] bodies = [Perceptron, Convolutional, Recurrent, Perceptron];
        TrainingResult[] alone = [.. bodies.Select((body, i) => Run(body, i).Train())];
        TrainingResult[] together = new TrainingResult[bodies.Length];
        using var start = new Barrier(bodies.Length);
        Thread[] threads = [.. bodies.Select((body, i) => new Thread(() =>
        {
            start.SignalAndWait();
            together[i] = Run(body, i).Train();
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        for (int i = 0; i < bodies.Length; i++)
        {
            WeightAssert.AreEqual(alone[i].Weights, together[i].Weights);
        }
    }

    /// <summary>Whether an epoch is measured does not change what is trained.</summary>
    [TestMethod]
    public void A_validation_set_changes_nothing_in_the_weights() =>
        WeightAssert.AreEqual(Run(Perceptron, 1).Train().Weights, (Run(Perceptron, 1) with { Validation = null }).Train().Weights);

    [TestMethod]
    public void The_layers_before_do_not_depend_on_the_output_layer()
    {
        TestRun run = Run(Perceptron, 1) with { Options = new() { Epochs = 1, Optimizer = new SGD(1e-30f) } };
        TestRun binary = run with { Head = new BinaryHead(), Training = run.Training with { Labels = [.. run.Training.Labels.Select(label => label > 0 ? 1f : 0)] }, Validation = null };
        NetworkWeights one = run.Train().Weights, other = binary.Train().Weights;
        CollectionAssert.AreEqual(one["dense/kernel"].Values.ToArray(), other["dense/kernel"].Values.ToArray());
        CollectionAssert.AreEqual(one["dense_1/kernel"].Values.ToArray(), other["dense_1/kernel"].Values.ToArray());
    }

    /// <summary>A run in which no order of examples is drawn.</summary>
    private static TestRun InOrder(int seed, Sequential body) => Run(body, seed) with { Options = new() { Epochs = 1, BatchSize = 16, Shuffle = false } };

    private static TestRun Run(Sequential body, int seed) => new()
    {
        Body = body,
        Training = Rows.Make(60, 36, x => x[0] + (x[7] * x[1])),
        Validation = Rows.Make(10, 36, x => x[0] + (x[7] * x[1]), seed: 2),
        Seed = seed,
        Options = new() { Epochs = 3, BatchSize = 16, Optimizer = new Adam(0.01f) },
    };
}
