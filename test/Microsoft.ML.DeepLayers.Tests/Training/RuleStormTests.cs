using Microsoft.ML.DeepLayers.Tests.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Losses, metrics, optimizers, constraints, regularizers and activations in a storm of garbage collections: the same to the bit as without.</summary>
[TestClass]
public sealed class RuleStormTests
{
    private static readonly double[] Numbers = [0.4, -0.9, 1.5, 0.03, -0.2, 2.2, -1.1, 0.7, 0.6, -0.5, 0.25, -3];

    [TestMethod]
    public void Losses() => AssertSame(LossRows.All.Select(row => ($"{row}", (Func<double[]>)(() =>
    {
        (double[][] outputs, double[][] labels) = row.Draw(3);
        Tensor output = Given([.. outputs.SelectMany(values => values)], [LossRow.Batch, .. row.OutputShape.Select(size => (long)size)]);
        double[] flat = [.. labels.SelectMany(values => values)];
        Tensor label = Given(flat, row.HasNumberLabel ? [flat.Length] : [LossRow.Batch, flat.Length / LossRow.Batch]);
        output.requires_grad_(true);
        Tensor loss = row.Loss.Mean(output, label.detach(), null);
        loss.backward();
        return [.. Values.From(loss).Data, .. Values.From(output.grad!).Data];
    }))));

    [TestMethod]
    public void Metrics() => AssertSame(MetricCase.All.Select(one => ($"{one}", (Func<double[]>)(() =>
    {
        (double[][] outputs, double[][] labels) = Draw(one.Data);
        return [MetricRun.Measure(one.Metric, outputs, labels, [7, 9])];
    }))));

    [TestMethod]
    public void Optimizers() => AssertSame(OptimizerTests.Optimizers.Select(row => ($"{row[0]}", (Func<double[]>)(() =>
    {
        using var buffer = TestBuffer.Of(Given(Numbers, [3, 4]).clone(), Given(Numbers[..5], [5]).clone());
        using OptimizerState state = row[0].CreateState(buffer.Parameters);
        for (int step = 1; step <= 4; step++)
        {
            double[] gradients = [.. Enumerable.Range(0, (int)buffer.Parameters.Gradients.numel()).Select(i => Math.Sin(i * step))];
            buffer.Parameters.Gradients.copy_(Given(gradients, [gradients.Length]));
            state.Step(0.1);
        }

        return Values.From(buffer.Parameters.Values).Data;
    }))));

    [TestMethod]
    public void Constraints_and_regularizers()
    {
        Constraint[] constraints = [new MaxNorm(1), new UnitNorm(), new NonNeg(), new MinMaxNorm(0.5f, 1, 0.5f), new MaxNorm(0.5f, [1])];
        Regularizer[] regularizers = [new L1(), new L2(), new L1L2(0.1f, 0.2f), new OrthogonalRegularizer(), new OrthogonalRegularizer(1, OrthogonalMode.Columns)];
        AssertSame(constraints.Select(constraint => ($"{constraint}", (Func<double[]>)(() => Values.From(constraint.Project(Given(Numbers, [3, 4]))).Data))));
        AssertSame(regularizers.Select(regularizer => ($"{regularizer}", (Func<double[]>)(() =>
        {
            Tensor weight = Given(Numbers, [3, 4]).requires_grad_(true);
            Tensor penalty = regularizer.Penalty(weight);
            penalty.backward();
            return [.. Values.From(penalty).Data, .. Values.From(weight.grad!).Data];
        }))));
    }

    [TestMethod]
    public void Activations() => AssertSame(LayerTable.Activations.Append(("sparsemax", Activation.Sparsemax)).Select(row => (row.Item1, (Func<double[]>)(() =>
    {
        Tensor x = Given(Numbers, [3, 4]).requires_grad_(true);
        Tensor y = row.Item2.Apply(x);
        y.sum().backward();
        return [.. Values.From(y).Data, .. Values.From(x.grad!).Data];
    }))));

    private static void AssertSame(IEnumerable<(string Name, Func<double[]> Compute)> cases)
    {
        (string Name, Func<double[]> Compute, double[] Calm)[] all = [.. cases.Select(one => (one.Name, one.Compute, Scoped(one.Compute)))];
        Assert.IsNotEmpty(all);
        using var storm = new GarbageCollectionStorm();
        for (int i = 0; i < 5; i++)
        {
            foreach ((string name, Func<double[]> compute, double[] calm) in all)
            {
                CollectionAssert.AreEqual(calm, Scoped(compute), name);
            }
        }
    }

    private static double[] Scoped(Func<double[]> compute)
    {
        using DisposeScope scope = NewDisposeScope();
        return compute();
    }

    private static Tensor Given(double[] numbers, long[] shape) => Values.Of(numbers, shape).ToTensor(ScalarType.Float32);

    private static (double[][] Outputs, double[][] Labels) Draw(MetricData data)
    {
        const int Count = 16;
        var random = new Random(4);
        int width = data switch { MetricData.Binary or MetricData.Number => 1, MetricData.MultiLabel or MetricData.Numbers => 3, _ => 4 };
        double[][] outputs = [.. Enumerable.Range(0, Count).Select(_ => Enumerable.Range(0, width).Select(_ => random.NextDouble()).ToArray())];
        double[][] labels = [.. outputs.Select(_ => data switch
        {
            MetricData.ClassIndex => [random.Next(4)],
            MetricData.OneHot => OneHot(random.Next(4)),
            MetricData.Number or MetricData.Numbers => [.. Enumerable.Range(0, width).Select(_ => random.NextDouble())],
            _ => [.. Enumerable.Range(0, width).Select(_ => (double)random.Next(2))],
        })];
        return (outputs, labels);
    }

    private static double[] OneHot(int index) => [.. Enumerable.Range(0, 4).Select(i => i == index ? 1.0 : 0)];
}
