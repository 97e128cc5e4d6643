using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>Measures between which numbers values of a graph lie, by running it over data with those values as outputs.</summary>
internal static class Calibration
{
    /// <summary>What the measured values of one run may take together.</summary>
    private const long RunBytes = 64 << 20;

    /// <summary>Measures ranges.</summary>
    /// <param name="model">The float32 network. It is not changed.</param>
    /// <param name="values">The values to measure.</param>
    /// <param name="batches">The data.</param>
    /// <param name="percentile">The part of the numbers that a range covers.</param>
    /// <exception cref="ArgumentException">The data has no rows.</exception>
    internal static IReadOnlyDictionary<string, ValueRange> Measure(ModelProto model, IReadOnlyList<string> values, ExampleBatches batches, double percentile)
    {
        if (values.Count == 0)
        {
            return new Dictionary<string, ValueRange>();
        }

        using NativeWork.Scope work = NativeWork.Begin();
        (InferenceSession session, IReadOnlyList<string> names) = OpenedGraph.Open(model, values, optimize: true);
        using (session)
        {
            return Measure(session, names, [.. values.Select(_ => new RangeMeter())], batches, percentile)
                .Zip(values).ToDictionary(range => range.Second, range => range.First, StringComparer.Ordinal);
        }
    }

    private static ValueRange[] Measure(
        InferenceSession session, IReadOnlyList<string> names, RangeMeter[] meters, ExampleBatches batches, double percentile)
    {
        long rows = Pass(session, names, batches, (value, numbers) => meters[value].Widen(numbers));
        if (rows == 0)
        {
            throw new ArgumentException("StaticInt8 measures ranges on data, but OnnxExportOptions.Data has no rows.");
        }

        if (percentile < 100)
        {
            Pass(session, names, batches, (value, numbers) => meters[value].Count(numbers));
        }

        return [.. meters.Select(meter => meter.Percentile(percentile))];
    }

    private static long Pass(InferenceSession session, IReadOnlyList<string> names, ExampleBatches batches, ValueReader read)
    {
        using var runOptions = new RunOptions();
        string[] inputNames = [.. batches.Network.GraphInputNames];
        return batches.ForEach([], null, null, (buffer, rows) =>
        {
            NativeWork.Checkpoint();
            (OrtValue[] inputs, _) = buffer.Tensors(rows);
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(runOptions, inputNames, inputs, names);
            long bytes = 0;
            for (int i = 0; i < names.Count; i++)
            {
                ReadOnlySpan<float> numbers = results[i].GetTensorDataAsSpan<float>();
                bytes += sizeof(float) * (long)numbers.Length;
                read(i, numbers);
            }

            return (int)Math.Min(int.MaxValue, RunBytes * rows / Math.Max(1, bytes));
        });
    }

    private delegate void ValueReader(int value, ReadOnlySpan<float> numbers);
}
