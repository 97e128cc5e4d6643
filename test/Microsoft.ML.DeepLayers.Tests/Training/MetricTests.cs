using CsCheck;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

[TestClass]
public sealed class MetricTests
{
    [TestMethod]
    public void Binary_accuracy_counts_probabilities_on_the_right_side_of_the_threshold()
    {
        // Right, right, wrong, wrong; 0.5 is not above 0.5, so that it says false.
        AssertSum(new BinaryAccuracy(), 3, [[0.9], [0.4], [0.1], [0.6], [0.5]], [1, 0, 1, 0, 0]);
        AssertSum(new BinaryAccuracy(), 0, [[0.5]], [1]);
    }

    [TestMethod]
    public void Categorical_accuracy_counts_highest_scores_at_the_label()
    {
        AssertSum(new SparseCategoricalAccuracy(), 2, [[1, 2, 3], [3, 2, 1], [-1, -2, -3]], [2, 1, 0]);
    }

    [TestMethod]
    public void Mean_absolute_error_sums_distances()
    {
        AssertSum(new MeanAbsoluteError(), 6.5, [[1], [-2], [3.5]], [0, 1, 1]);
        Assert.AreEqual("mae", new MeanAbsoluteError().Name);
    }

    /// <summary>The mean over examples is not the mean over batches where the last batch is small.</summary>
    [TestMethod]
    public void An_epochs_figures_are_means_over_its_examples_however_they_are_batched() => Property.Holds(
        Gen.Double[-3, 3].Array[1, 5].Array[1, 6],
        batches =>
        {
            using DisposeScope scope = NewDisposeScope();
            var objective = new Objective(PredictionTask.Regression, new MeanSquaredError(), [Metric.FromLoss(new MeanAbsoluteError())]);
            using var meter = new EpochMeter([objective], [1], CPU);
            foreach (double[] errors in batches)
            {
                Tensor output = tensor(errors.Select(error => (float)error).ToArray()).reshape(-1, 1), target = zeros(errors.Length);
                Add(objective, meter, objective.MeanLoss(new ComparedOutput(objective, output, target), null), output, target, errors.Length);
            }

            var metrics = new Dictionary<string, double>();
            meter.Read(metrics, "val_");
            double[] all = [.. batches.SelectMany(errors => errors)];
            CollectionAssert.AreEqual(new[] { "val_loss", "val_mae" }, metrics.Keys.ToArray());
            Assert.AreEqual(all.Average(error => error * error), metrics["val_loss"], 1e-5);
            Assert.AreEqual(all.Average(Math.Abs), metrics["val_mae"], 1e-5);
        });

    [TestMethod]
    public void Three_and_one()
    {
        using DisposeScope scope = NewDisposeScope();
        var objective = new Objective(PredictionTask.BinaryClassification, new BinaryCrossentropy(), [new BinaryAccuracy(name: "accuracy")]);
        using var meter = new EpochMeter([objective], [1], CPU);
        // Three right, then one wrong: 0.75, where the mean of batches would be 0.5. Losses 1 and 5: (3 · 1 + 5) / 4 = 2.
        Add(objective, meter, tensor(1f), tensor(new float[] { 1, 1, 1 }).reshape(3, 1), ones(3), 3);
        Add(objective, meter, tensor(5f), tensor(new float[] { -1 }).reshape(1, 1), ones(1), 1);
        var metrics = new Dictionary<string, double>();
        meter.Read(metrics, "");
        Assert.AreEqual(0.75, metrics["accuracy"]);
        Assert.AreEqual(2.0, metrics["loss"]);

        meter.Reset();
        Add(objective, meter, tensor(7f), tensor(new float[] { 1 }).reshape(1, 1), ones(1), 1);
        meter.Read(metrics, "");
        Assert.AreEqual((1.0, 7.0), (metrics["accuracy"], metrics["loss"]), "a new epoch starts from nothing");
    }

    /// <summary>In single precision, a sum of 16,777,216 would not grow any more by adding 1.</summary>
    [TestMethod]
    public void Many_small_terms_are_not_lost()
    {
        using DisposeScope scope = NewDisposeScope();
        var objective = new Objective(PredictionTask.Regression, new MeanSquaredError(), []);
        using var meter = new EpochMeter([objective], [1], CPU);
        Tensor nothing = zeros(1, 1), target = zeros(1);
        Add(objective, meter, tensor(1f), nothing, target, 1 << 24);
        for (int i = 0; i < 1000; i++)
        {
            Add(objective, meter, tensor(1f), nothing, target, 1);
        }

        var metrics = new Dictionary<string, double>();
        meter.Read(metrics, "");
        Assert.AreEqual(1.0, metrics["loss"]);
    }

    [TestMethod]
    public void Measuring_keeps_no_graph_and_no_tensor()
    {
        var objective = new Objective(PredictionTask.Regression, new MeanSquaredError(), [Metric.FromLoss(new MeanAbsoluteError())]);
        long before = LiveTensors.Count();
        using (var meter = new EpochMeter([objective], [1], CPU))
        {
            using (NewDisposeScope())
            {
                Tensor output = ones(4, 1, requires_grad: true);
                Add(objective, meter, objective.MeanLoss(new ComparedOutput(objective, output, zeros(4)), null), output, zeros(4), 4);
            }

            var metrics = new Dictionary<string, double>();
            meter.Read(metrics, "");
            Assert.AreEqual(1.0, metrics["loss"], "the meter outlives the scope of a step");
        }

        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private static void AssertSum(Metric metric, double expected, double[][] outputs, double[] targets)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor output = tensor(outputs.SelectMany(row => row).Select(value => (float)value).ToArray());
        output = outputs[0].Length == 1 ? output : output.reshape(outputs.Length, -1);
        Tensor sum = metric.Update(output, tensor(targets.Select(value => (float)value).ToArray()));
        Assert.AreEqual(0, sum.dim());
        Assert.AreEqual(expected, sum.to(ScalarType.Float64).item<double>(), 1e-6);
    }

    /// <summary>A batch of a network with one output.</summary>
    private static void Add(Objective objective, EpochMeter meter, Tensor loss, Tensor output, Tensor target, int count) =>
        meter.Add(new BatchLosses(loss, [loss]), [new ComparedOutput(objective, output, target)], count);
}
