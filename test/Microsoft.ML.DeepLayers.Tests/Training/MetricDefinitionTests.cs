using System.Text.Json;
using CsCheck;
using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Every metric against its definition over raw predictions.</summary>
[TestClass]
public sealed class MetricDefinitionTests
{
    public static IEnumerable<object[]> Cases => MetricCase.All.Select((_, i) => new object[] { i });

    public static IEnumerable<object[]> Types => ComponentGen.Types(typeof(Metric)).Select(type => new object[] { type });

    [TestMethod]
    public void Every_metric_is_in_the_table() => CollectionAssert.AreEquivalent(
        ComponentGen.Types(typeof(Metric)).ToArray(), MetricCase.All.Select(row => row.Metric.GetType()).Distinct().ToArray());

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void It_is_as_defined_however_the_examples_are_batched(int index) => Property.Holds(Gen.Int[0, 1_000_000], seed =>
    {
        MetricCase row = MetricCase.All[index];
        var random = new Random(seed);
        (double[][] outputs, double[][] labels) = Examples(row.Data, random);
        double expected = row.Definition(outputs, labels);
        Assert.IsTrue(double.IsFinite(expected), $"{row}: the definition gives {expected}");
        Assert.AreEqual(expected, MetricRun.Measure(row.Metric, outputs, labels), 1e-5 * Math.Max(1, Math.Abs(expected)), $"{row} in one batch");
        Assert.AreEqual(expected, MetricRun.Measure(row.Metric, outputs, labels, Batches(outputs.Length, random)), 1e-5 * Math.Max(1, Math.Abs(expected)), $"{row} in several batches");
    });

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void It_bears_Kerass_name_or_its_own_and_knows_what_is_better(int index)
    {
        MetricCase row = MetricCase.All[index];
        Assert.AreEqual((row.Name, row.HigherIsBetter), (row.Metric.Name, row.Metric.HigherIsBetter));
    }

    /// <summary>Diverged training is reported as such: a metric must not fail before.</summary>
    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Predictions_that_are_no_numbers_are_borne(int index)
    {
        MetricCase row = MetricCase.All[index];
        (double[][] outputs, double[][] labels) = Examples(row.Data, new Random(1), count: 8);
        foreach (double wrong in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity })
        {
            _ = MetricRun.Measure(row.Metric, [.. outputs.Select(output => output.Select(_ => wrong).ToArray())], labels);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void Before_any_example_it_is_0(int index)
    {
        MetricCase row = MetricCase.All[index];
        int values = Examples(row.Data, new Random(1), count: 1).Outputs[0].Length;
        Assert.AreEqual(0.0, row.Metric.Result(new double[row.Metric.StateSize(values)], 0));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void It_leaves_no_tensor_behind(int index)
    {
        MetricCase row = MetricCase.All[index];
        (double[][] outputs, double[][] labels) = Examples(row.Data, new Random(1));
        _ = MetricRun.Measure(row.Metric, outputs, labels);
        long before = LiveTensors.Count();
        _ = MetricRun.Measure(row.Metric, outputs, labels);
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    [DynamicData(nameof(Types))]
    public void It_reads_back_equal_from_JSON_whatever_its_options(Type type) => Property.Holds(Gen.Int, seed =>
    {
        object metric = ComponentGen.Make(type, new Random(seed));
        string json = JsonSerializer.Serialize(metric, typeof(Metric), ComponentJson.Options);
        Metric? read = JsonSerializer.Deserialize<Metric>(json, ComponentJson.Options);
        Assert.AreEqual(metric, read, json);
        Assert.AreEqual(metric.GetHashCode(), read!.GetHashCode());
    });

    [TestMethod]
    public void JSON_is_the_name_and_what_is_not_as_by_default()
    {
        Assert.AreEqual("\"AUC\"", JsonSerializer.Serialize<Metric>(new AUC(), ComponentJson.Options));
        string json = JsonSerializer.Serialize<Metric>(new AUC(curve: AUCCurve.PR, name: "auc_pr"), ComponentJson.Options);
        Assert.AreEqual("""{"type":"AUC","curve":"PR","name":"auc_pr"}""", json.Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        Assert.AreNotEqual<Metric>(new BinaryIoU([0]), new BinaryIoU([1]));
    }

    /// <summary>In single precision, a sum of 16,777,216 would not grow any more by adding 1.</summary>
    [TestMethod]
    public void Counts_are_exact_within_a_batch_of_any_size()
    {
        using DisposeScope scope = NewDisposeScope();
        const int Count = (1 << 24) + 3;
        Tensor all = ones(Count);
        Assert.AreEqual(Count, new TruePositives().Update(all, all).to(ScalarType.Float64).item<double>());
        Tensor precision = new Precision().Update(all, all).to(ScalarType.Float64);
        CollectionAssert.AreEqual(new double[] { Count, Count }, precision.data<double>().ToArray());
        Tensor bins = new AUC(2).Update(all, all).to(ScalarType.Float64);
        CollectionAssert.AreEqual(new double[] { 0, 0, 0, Count }, bins.data<double>().ToArray());
    }

    /// <summary>Numbers around 10,000 that vary by 1: in single precision the squares would differ by less than their rounding.</summary>
    [TestMethod]
    public void Squares_do_not_lose_what_labels_vary_by()
    {
        var random = new Random(1);
        double[] labels = [.. Enumerable.Range(0, 1000).Select(_ => (double)(float)(10_000 + random.NextDouble()))];
        double[] outputs = [.. labels.Select(label => (double)(float)(label + (0.1 * random.NextDouble())))];
        double mean = labels.Average(), total = labels.Sum(label => (label - mean) * (label - mean));
        double expected = 1 - (labels.Zip(outputs, (label, output) => (label - output) * (label - output)).Sum() / total);
        Assert.AreEqual(expected, MetricRun.Measure(new R2Score(), MetricRun.Column(outputs), MetricRun.Column(labels)), 1e-6);
        Assert.AreEqual(0.99, MetricRun.Measure(new PearsonCorrelation(0), MetricRun.Column(outputs), MetricRun.Column(labels)), 0.01);
    }

    [TestMethod]
    public void Numbers_that_do_not_vary_correlate_with_nothing()
    {
        double[][] same = MetricRun.Column([.. Enumerable.Repeat(123456.7, 1000)]), other = MetricRun.Column([.. Enumerable.Range(0, 1000).Select(i => (double)i)]);
        foreach (Metric metric in new Metric[] { new PearsonCorrelation(0), new ConcordanceCorrelation(0) })
        {
            Assert.AreEqual(0.0, MetricRun.Measure(metric, same, other));
            Assert.AreEqual(0.0, MetricRun.Measure(metric, other, same));
        }

        Assert.AreEqual(0.0, MetricRun.Measure(new R2Score(), other, same));
    }

    [TestMethod]
    public void The_meter_of_training_gives_the_same()
    {
        var random = new Random(3);
        double[][] logits = MetricRun.Column([.. Enumerable.Range(0, 50).Select(_ => (random.NextDouble() * 6) - 3)]);
        double[][] labels = MetricRun.Column([.. logits.Select(logit => logit[0] + random.NextDouble() > 0.3 ? 1.0 : 0)]);
        double[][] probabilities = [.. logits.Select(logit => new[] { 1 / (1 + Math.Exp(-logit[0])) })];
        foreach (Metric metric in new Metric[] { new AUC(), new Precision(), new F1Score(threshold: 0.5f), new BinaryAccuracy(), new FalseNegatives(), new BinaryIoU() })
        {
            Assert.AreEqual(
                MetricRun.Measure(metric, probabilities, labels),
                MetricRun.Meter(metric, PredictionTask.BinaryClassification, new BinaryCrossentropy(), logits, labels, [20, 20, 10]), 1e-9, metric.Name);
        }

        double[][] scores = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 4).Select(_ => random.NextDouble() * 5).ToArray())];
        double[][] softmax = [.. scores.Select(row => row.Select(Math.Exp).ToArray()).Select(row => row.Select(value => value / row.Sum()).ToArray())];
        int[] classes = [.. Enumerable.Range(0, 30).Select(_ => random.Next(4))];
        double[][] oneHot = [.. classes.Select(id => Enumerable.Range(0, 4).Select(i => i == id ? 1.0 : 0).ToArray())];
        double[][] indices = MetricRun.Column([.. classes.Select(id => (double)id)]);
        foreach (Metric metric in new Metric[] { new F1Score(), new MeanIoU(4), new TopKCategoricalAccuracy(2), new Recall(classId: 1), new AUC(multiLabel: true), new SparseTopKCategoricalAccuracy(2) })
        {
            Assert.AreEqual(
                MetricRun.Measure(metric, softmax, metric.TakesClassIndices ? indices : oneHot),
                MetricRun.Meter(metric, PredictionTask.MulticlassClassification, new SparseCategoricalCrossentropy(), scores, indices, [7, 16, 7]), 1e-9, metric.Name);
        }
    }

    internal static (double[][] Outputs, double[][] Labels) Examples(MetricData data, Random random, int? count = null)
    {
        int rows = count ?? random.Next(1, 40), style = random.Next(5), constant = random.Next(2);
        double[][] Make(int values, Func<int, double> value) => [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, values).Select(value).ToArray())];

        // Not too close to any threshold, so that single precision decides alike, and now and then at the ends.
        double Probability(int i) => random.Next(10) == 0 ? random.Next(2) : (random.Next(397) + 0.5) / 397;
        double Truth(int i) => style == 0 ? constant : random.Next(2);
        double[][] scores = Make(4, i => ((random.Next(1000) * 4) + i + 0.5) / 4013);
        int[] classes = [.. Enumerable.Range(0, rows).Select(_ => style == 0 ? constant : random.Next(4))];
        double Number(int i) => (float)((random.NextDouble() * 6) - 3);
        return data switch
        {
            MetricData.Binary => (Make(1, Probability), Make(1, Truth)),
            MetricData.MultiLabel => (Make(3, Probability), Make(3, Truth)),
            MetricData.OneHot => (scores, [.. classes.Select(id => Enumerable.Range(0, 4).Select(i => i == id ? 1.0 : 0).ToArray())]),
            MetricData.ClassIndex => (scores, [.. classes.Select(id => new double[] { id })]),
            MetricData.Number => (Make(1, style == 1 ? _ => 0.1f : Number), Make(1, style == 0 ? _ => 0.7f : Number)),
            _ => (Make(3, style == 1 ? _ => 0.1f : Number), Make(3, style == 0 ? _ => 0.7f : Number)),
        };
    }

    private static List<int> Batches(int count, Random random)
    {
        var sizes = new List<int>();
        while (count > 0)
        {
            sizes.Add(random.Next(1, count + 1));
            count -= sizes[^1];
        }

        return sizes;
    }
}
