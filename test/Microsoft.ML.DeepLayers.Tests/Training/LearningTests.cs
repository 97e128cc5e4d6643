using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Trainers;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Simple problems are learnt, each of a kind that a linear model cannot learn.</summary>
[TestClass]
public sealed class LearningTests
{
    [TestMethod]
    public void A_product_is_learnt_by_regression()
    {
        TrainingResult result = new TestRun
        {
            Body = [new Dense(24, Activation.Tanh), new Dense(12, Activation.Tanh)],
            Training = Rows.Make(400, 2, x => x[0] * x[1]),
            Validation = Rows.Make(200, 2, x => x[0] * x[1], seed: 2),
            Options = new() { Epochs = 30, BatchSize = 40, Optimizer = new Adam(0.02f) },
        }.Train();
        // The variance of the labels is 1/9: a model that knows nothing has that loss.
        AssertFalls(result, "loss");
        Assert.IsLessThan(0.11 / 50, result.History["val_loss"][^1]);
    }

    [TestMethod]
    public void An_exclusive_or_is_learnt_by_binary_classification()
    {
        TrainingResult result = new TestRun
        {
            Head = new BinaryHead(),
            Body = [new Dense(16, Activation.ReLU)],
            Training = Rows.Make(400, 2, x => x[0] > 0 != x[1] > 0 ? 1 : 0),
            Validation = Rows.Make(200, 2, x => x[0] > 0 != x[1] > 0 ? 1 : 0, seed: 2),
            Options = new() { Epochs = 30, BatchSize = 40, Optimizer = new Adam(0.03f) },
        }.Train();
        AssertFalls(result, "loss");
        Assert.IsGreaterThan(0.93, result.History["accuracy"][^1]);
        Assert.IsGreaterThan(0.93, result.History["val_accuracy"][^1]);
    }

    [TestMethod]
    public void Rings_are_learnt_by_multiclass_classification()
    {
        static float Ring(float[] x) => ((x[0] * x[0]) + (x[1] * x[1])) switch { < 0.3f => 0, < 0.8f => 1, _ => 2 };
        TrainingResult result = new TestRun
        {
            Head = new MulticlassHead(),
            Units = 3,
            Body = [new Dense(24, Activation.ReLU), new Dense(12, Activation.ReLU)],
            Training = Rows.Make(500, 2, Ring),
            Validation = Rows.Make(200, 2, Ring, seed: 2),
            Options = new() { Epochs = 30, BatchSize = 50, Optimizer = new Adam(0.02f) },
        }.Train();
        AssertFalls(result, "loss");
        Assert.IsGreaterThan(0.92, result.History["accuracy"][^1]);
        Assert.IsGreaterThan(0.9, result.History["val_accuracy"][^1]);
    }

    [TestMethod]
    public void The_brightest_quarter_of_an_image_is_learnt_by_convolution()
    {
        static float Brightest(float[] x)
        {
            float[] sums = new float[4];
            for (int i = 0; i < 36; i++)
            {
                sums[(i / 18 * 2) + (i % 6 / 3)] += x[i];
            }

            return Array.IndexOf(sums, sums.Max());
        }

        TrainingResult result = new TestRun
        {
            Head = new MulticlassHead(),
            Units = 4,
            Body = [new Input(6, 6, 1), new Conv2D(8, 3, strides: 3, activation: Activation.ReLU), new Flatten()],
            Training = Rows.Make(600, 36, Brightest),
            Validation = Rows.Make(200, 36, Brightest, seed: 2),
            Options = new() { Epochs = 12, BatchSize = 40, Optimizer = new Adam(0.03f) },
        }.Train();
        AssertFalls(result, "loss");
        Assert.IsGreaterThan(0.85, result.History["val_accuracy"][^1]);
    }

    private static void AssertFalls(TrainingResult result, string metric)
    {
        IReadOnlyList<double> values = result.History[metric];
        Assert.IsLessThan(values[0] / 2, values[^1], $"{metric}: {string.Join(" ", values)}");
    }
}
