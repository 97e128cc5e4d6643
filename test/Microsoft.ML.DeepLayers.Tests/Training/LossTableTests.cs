using System.Text.Json;
using CsCheck;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>What holds for every loss: its definition, gradients by finite differences, precision, no overflow.</summary>
[TestClass]
public sealed class LossTableTests
{
    public static IEnumerable<object[]> Rows => Enumerable.Range(0, LossRows.All.Count).Select(index => new object[] { index, LossRows.All[index].ToString() });

    [TestMethod]
    public void Every_loss_has_a_row() => CollectionAssert.AreEquivalent(
        ComponentGen.Types(typeof(Loss)).ToArray(), LossRows.All.Select(row => row.Loss.GetType()).Distinct().ToArray());

    [TestMethod]
    public void Every_loss_has_a_name_of_its_own() => Assert.AreEqual(
        ComponentGen.Types(typeof(Loss)).Count(), LossRows.All.Select(row => row.Loss.Name).Distinct().Count());

    [TestMethod]
    public void Every_loss_reads_back_equal_whatever_its_options() => Property.Holds(Gen.Int, seed =>
    {
        foreach (Loss loss in ComponentGen.Types(typeof(Loss)).Select(type => (Loss)ComponentGen.Make(type, new Random(seed))).Concat(LossRows.All.Select(row => row.Loss)))
        {
            string json = JsonSerializer.Serialize(loss, ComponentJson.Options);
            Assert.AreEqual(loss, JsonSerializer.Deserialize<Loss>(json, ComponentJson.Options), json);
        }
    });

    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void By_the_definition(int index, string loss)
    {
        LossRow row = LossRows.All[index];
        long before = LiveTensors.Count();
        for (int seed = 0; seed < 20; seed++)
        {
            using DisposeScope scope = NewDisposeScope();
            (double[][] outputs, double[][] labels) = row.Draw(seed);
            double[] expected = row.Expected(outputs, labels);
            Tensor output = Output(row, outputs), label = Label(row, labels);
            Tensor actual = row.Loss.PerExample(output, label);
            CollectionAssert.AreEqual(new[] { (long)LossRow.Batch }, actual.shape, loss);
            Assert.AreEqual(ScalarType.Float64, actual.dtype);
            AssertClose(expected, [.. actual.cpu().data<double>()], 1e-9, loss);
            Assert.AreEqual(expected.Average(), row.Loss.Mean(output, label, null).item<double>(), 1e-9 * (1 + expected.Max(Math.Abs)));

            Tensor single = row.Loss.PerExample(output.to(ScalarType.Float32), label.to(ScalarType.Float32));
            Assert.AreEqual(ScalarType.Float32, single.dtype, loss);
            AssertClose(expected, [.. single.cpu().to(ScalarType.Float64).data<double>()], 1e-4, loss);
        }

        Assert.AreEqual(before, Tensor.TotalCount, "no native memory is left over");
    }

    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void Gradients_by_finite_differences(int index, string loss)
    {
        LossRow row = LossRows.All[index];
        for (int seed = 100; seed < 103; seed++)
        {
            using DisposeScope scope = NewDisposeScope();
            (double[][] outputs, double[][] labels) = row.Draw(seed);
            Tensor label = Label(row, labels), weights = tensor(new[] { 1.0, 0, 2, 0.5, 3, 1 }, device: TestDevice.Torch);
            Tensor output = Output(row, outputs);
            output.requires_grad = true;
            row.Loss.Mean(output, label, weights).backward();
            double[] gradient = [.. output.grad!.cpu().flatten().data<double>()];
            double[] flat = [.. outputs.SelectMany(values => values)];
            double At(int place, double step)
            {
                double[] moved = [.. flat];
                moved[place] += step;
                return row.Loss.Mean(tensor(moved, device: TestDevice.Torch).reshape(output.shape), label, weights).item<double>();
            }

            for (int i = 0; i < flat.Length; i++)
            {
                const double Step = 1e-6;
                double expected = (At(i, Step) - At(i, -Step)) / (2 * Step);
                Assert.AreEqual(expected, gradient[i], 1e-7 + (1e-5 * Math.Abs(expected)), $"{loss}, seed {seed}, output {i}");
            }
        }
    }

    /// <summary>Also where all outputs are the same, so that distances are 0.</summary>
    [TestMethod]
    [DynamicData(nameof(Rows))]
    public void Extreme_outputs_have_finite_losses_and_gradients(int index, string loss)
    {
        LossRow row = LossRows.All[index];
        (double[][] outputs, double[][] labels) = row.Draw(7);
        var random = new Random(8);
        Func<double>[] makers = [() => random.Next(2) == 0 ? row.Extreme : row.Range.Low < 0 ? -row.Extreme : 0, () => 0, () => row.Extreme, () => row.Range.High];
        foreach (Func<double> make in makers)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor output = Output(row, [.. outputs.Select(values => values.Select(_ => make()).ToArray())]).to(ScalarType.Float32).detach();
            output.requires_grad = true;
            Tensor mean = row.Loss.Mean(output, Label(row, labels).to(ScalarType.Float32), null);
            Assert.IsTrue(float.IsFinite(mean.item<float>()), $"{loss}: {mean.item<float>()}");
            mean.backward();
            Assert.IsTrue(output.grad!.isfinite().all().item<bool>(), $"{loss}: gradients {output.grad!.str()}");
        }
    }

    private static Tensor Output(LossRow row, double[][] outputs) =>
        tensor(outputs.SelectMany(values => values).ToArray(), device: TestDevice.Torch).reshape([LossRow.Batch, .. row.OutputShape.Select(dimension => (long)dimension)]);

    private static Tensor Label(LossRow row, double[][] labels)
    {
        Tensor flat = tensor(labels.SelectMany(values => values).ToArray(), device: TestDevice.Torch);
        return row.HasNumberLabel ? flat : flat.reshape(LossRow.Batch, -1);
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance, string message)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], tolerance * (1 + Math.Abs(expected[i])), $"{message}, example {i}");
        }
    }
}
