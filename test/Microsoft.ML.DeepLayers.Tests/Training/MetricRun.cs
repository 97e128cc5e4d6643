using Microsoft.ML.DeepLayers.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>Measures raw predictions as an epoch would: batch by batch, summed in double.</summary>
internal static class MetricRun
{
    /// <summary>The metric of all rows in one batch.</summary>
    internal static double Measure(Metric metric, double[][] outputs, double[][] labels) => Measure(metric, outputs, labels, [outputs.Length]);

    /// <summary>The metric of rows that come in batches of these sizes. Rows of one value come as <c>[batch]</c>.</summary>
    internal static double Measure(Metric metric, double[][] outputs, double[][] labels, IReadOnlyList<int> batches)
    {
        int width = outputs[0].Length;
        double[] state = new double[metric.StateSize(width)];
        int first = 0;
        foreach (int size in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor change = metric.Update(Rows(outputs, first, size), Rows(labels, first, size));
            Assert.AreEqual(state.Length, change.numel(), $"{metric} adds another number of numbers than it says");
            double[] numbers = [.. change.cpu().to(ScalarType.Float64).reshape(-1).data<double>()];
            for (int i = 0; i < state.Length; i++)
            {
                state[i] += numbers[i];
            }

            first += size;
        }

        Assert.AreEqual(outputs.Length, first);
        return metric.Result(state, outputs.Length);
    }

    /// <summary>The same through the meter of a training run.</summary>
    internal static double Meter(Metric metric, PredictionTask task, Loss loss, double[][] outputs, double[][] labels, IReadOnlyList<int> batches)
    {
        using DisposeScope scope = NewDisposeScope();
        var objective = new Objective(task, loss, [metric]);
        using var meter = new EpochMeter([objective], [outputs[0].Length], TestDevice.Torch);
        int first = 0;
        foreach (int size in batches)
        {
            Tensor nothing = zeros(1, device: TestDevice.Torch).reshape([]);
            meter.Add(new BatchLosses(nothing, [nothing]), [new ComparedOutput(objective, Rows(outputs, first, size), Rows(labels, first, size))], size);
            first += size;
        }

        var results = new Dictionary<string, double>();
        meter.Read(results, "");
        return results[metric.Name];
    }

    internal static Tensor Rows(double[][] rows, int first, int count)
    {
        Tensor flat = tensor(rows.Skip(first).Take(count).SelectMany(row => row).Select(value => (float)value).ToArray(), device: TestDevice.Torch);
        return rows[0].Length == 1 ? flat : flat.reshape(count, rows[0].Length);
    }

    /// <summary>Rows of a single value.</summary>
    internal static double[][] Column(params double[] values) => [.. values.Select(value => new[] { value })];
}
