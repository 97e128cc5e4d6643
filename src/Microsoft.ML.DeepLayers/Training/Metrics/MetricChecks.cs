using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>What metrics check alike, with messages that say what to do.</summary>
internal static class MetricChecks
{
    /// <summary>The name given, or the usual one.</summary>
    internal static string Name(string? name, string usual)
    {
        if (name is not null)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(name);
        }

        return name ?? usual;
    }

    /// <summary>A number from 0 to 1.</summary>
    internal static float Part(float value, string parameter) => value is >= 0 and <= 1
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, "It must be from 0 to 1.");

    /// <summary>The values of an example must be enough for what the metric picks of them.</summary>
    internal static void Picks(Metric metric, int? topK, int? classId, int outputValues)
    {
        int least = Math.Max(topK ?? 1, (classId ?? -1) + 1);
        if (outputValues < least || (classId is not null && outputValues == 1))
        {
            string setting = topK > outputValues ? $"topK is {topK}" : $"classId is {classId}";
            throw new ArgumentException($"The metric '{metric.Name}' picks among the values of an example: {setting}, but the output gives {outputValues}.");
        }
    }

    /// <summary>Output and labels must be of the same shape: libtorch would stretch one of them, or fail in words of its own.</summary>
    internal static void SameShape(Metric metric, Tensor output, Tensor labels)
    {
        long[] given = output.shape, wanted = labels.shape;
        if (!given.AsSpan().SequenceEqual(wanted))
        {
            throw new InvalidOperationException(
                $"The metric '{metric.Name}' compares value by value, but the output is [{string.Join(", ", given)}] and the labels are [{string.Join(", ", wanted)}].");
        }
    }

    /// <summary>In double precision, where squares of single precision do not lose digits; MPS has none.</summary>
    internal static Tensor Exact(Tensor values) => values.to(values.device_type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64);

    /// <summary>A quotient; 0 where there is nothing to divide by.</summary>
    internal static double Divide(double dividend, double divisor) => divisor == 0 ? 0 : dividend / divisor;
}
