using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What examples weigh in the loss of training: their own weight, and that of their class.</summary>
[TestClass]
public sealed class LossWeightsTests
{
    private static readonly float[] ClassWeight = [0.5f, 3, 0];

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Training_is_as_written_out_in_plain_Csharp_and_validation_is_not_weighted(bool hasExampleWeights)
    {
        Rows rows = Classes(23) with { Weights = hasExampleWeights ? [.. Enumerable.Range(0, 23).Select(row => row % 4 * 0.75f)] : null };
        // What the weights come to, as the weights of examples.
        Rows weighted = rows with { Weights = [.. rows.Labels.Select((label, row) => ClassWeight[(int)label] * (rows.Weights?[row] ?? 1))] };
        Rows validation = Classes(9, seed: 2) with { Weights = hasExampleWeights ? [.. Enumerable.Repeat(1f, 9)] : null };
        var optimizer = new SGD(0.1f);
        TrainingResult result = (Run(rows, new() { Optimizer = optimizer, Epochs = 3, BatchSize = 5, Shuffle = false }) with { Validation = validation }).Train();
        (double[] expected, double[] losses) = LinearModel.Train(
            weighted, [0.3f, -0.2f, 0.1f, 0.5], optimizer, 5, [.. Enumerable.Repeat(Enumerable.Range(0, 23).ToArray(), 3)]);
        double[] actual = [.. result.Weights["output/kernel"].Values.ToArray().Concat(result.Weights["output/bias"].Values.ToArray()).Select(value => (double)value)];
        for (int i = 0; i < 4; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 1e-5, $"weight {i}");
        }

        Assert.AreEqual(losses[^1], result.History["loss"][^1], 1e-5);
        double valLoss = validation.Features.Zip(validation.Labels, (features, label) => Math.Pow(LinearModel.Predict(expected, features) - label, 2)).Average();
        Assert.AreEqual(valLoss, result.History["val_loss"][^1], 1e-5);
    }

    [TestMethod]
    public void Weights_that_decide_how_often_examples_are_drawn_do_not_weigh_the_loss()
    {
        Rows rows = Classes(23), weighted = rows with { Weights = [.. Enumerable.Range(0, 23).Select(row => row % 4 * 0.75f)] };
        TestRun run = Run(weighted, new() { Epochs = 2, BatchSize = 5, Sampling = ExampleSampling.ByWeight, ExampleWeightColumnName = "Weight" });
        WeightAssert.AreClose((run with { Training = rows }).Train().Weights, run.Train().Weights, 1e-6);
        WeightAssert.AreClose(
            (Run(rows, run.Options) with { ClassWeights = [] }).Train().Weights, (run with { ClassWeights = [] }).Train().Weights, 1e-6);
    }

    [TestMethod]
    public void Of_a_mixed_batch_each_example_has_the_weight_of_its_own_class()
    {
        using DisposeScope scope = NewDisposeScope();
        var objective = new Objective(PredictionTask.Regression, new MeanSquaredError(), []);
        TrainingPlan plan = TestPlan(new() { MixUpAlpha = 1 });
        using LossWeights weights = LossWeights.Create(plan)!;
        Tensor labels = tensor(new float[] { 0, 1, 2 }), partners = tensor(new float[] { 1, 1, 0 }), output = tensor(new float[] { 2, 3, 5 });
        var batch = new BatchTensorSet([], [labels], tensor(new float[] { 1, 2, 1 }));
        var mixed = new MixedBatch([], [partners], tensor(new float[] { 2, 2, 1 }), 0.25);
        // Own: 0.5 * 4, 3 * 2 * 4, 0 * 9; partners: 3 * 2 * 1, 3 * 2 * 4, 0.5 * 25; over three examples.
        double expected = ((0.25 * (2 + 24)) + (0.75 * (6 + 24 + 12.5))) / 3;
        Tensor loss = ExampleMixing.Loss(objective, new ComparedOutput(objective, output, labels), batch, 0, mixed, weights);
        Assert.AreEqual(expected, loss.item<float>(), 1e-5);
    }

    /// <summary>Weights reach every loss that there is: the weighted mean is that of the losses of the examples.</summary>
    [TestMethod]
    public void Example_weights_reach_losses_of_all_kinds()
    {
        using DisposeScope scope = NewDisposeScope();
        Loss[] losses =
        [
            new MeanSquaredError(), new MeanAbsoluteError(), new BinaryCrossentropy(), new SparseCategoricalCrossentropy(),
            Loss.FromFunction("quartic", (output, label) => (output - label).pow(4)),
        ];
        float[] weights = [0, 2, 0.5f];
        foreach (Loss loss in losses)
        {
            bool isMulticlass = loss.TakesClassIndices;
            Tensor output = isMulticlass ? tensor(new float[,] { { 1, 2 }, { 0, -1 }, { 0.5f, 3 } }) : tensor(new[] { 0.3f, -0.4f, 2 });
            Tensor labels = tensor(new float[] { 1, 0, 1 });
            float[] each = [.. loss.PerExample(output, labels).data<float>()];
            Assert.HasCount(3, each);
            Assert.AreEqual(each.Zip(weights, (one, weight) => one * weight).Sum() / 3, loss.Mean(output, labels, tensor(weights)).item<float>(), 1e-5, loss.Name);
        }
    }

    [TestMethod]
    public void Nothing_is_computed_where_nothing_is_asked_for_and_no_native_memory_is_left()
    {
        Assert.IsNull(LossWeights.Create(TestPlan(new()) with { ClassWeights = [] }));
        Assert.IsNull(LossWeights.Create(TestPlan(new()) with { ClassWeights = [null, null] }));
        long before = LiveTensors.Count();
        Run(Classes(12), new() { Epochs = 2, BatchSize = 5 }).Train();
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    /// <summary>Three features and a class from 0 to 2.</summary>
    private static Rows Classes(int count, int seed = 1) => Rows.Make(count, 3, x => (int)((x[0] + 1) * 1.499f), seed);

    private static TestRun Run(Rows rows, NeuralNetworkOptions options) => new()
    {
        Training = rows,
        InitialWeights = new NetworkWeights([new("output/kernel", new Shape(3, 1), new[] { 0.3f, -0.2f, 0.1f }), new("output/bias", new Shape(1), new[] { 0.5f })]),
        ClassWeights = [ClassWeight],
        Options = options,
    };

    private static TrainingPlan TestPlan(NeuralNetworkOptions options)
    {
        NetworkGraph graph = new RegressionHead().Complete(new Sequential { new Dense(2) }.Graph, [new Shape(3)], 1, true);
        return new TrainingPlan
        {
            Graph = graph,
            Shapes = graph.InferShapes([new Shape(3)]),
            Objectives = [],
            Examples = null!,
            ClassWeights = [ClassWeight],
            Options = options,
            Seed = 1,
            Device = CPU,
            Log = _ => { },
            CheckAlive = () => { },
        };
    }
}
