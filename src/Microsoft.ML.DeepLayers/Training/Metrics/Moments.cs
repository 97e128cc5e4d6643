using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Metrics;

/// <summary>Sums from which means, variances and the covariance of outputs and labels follow, for each value of an example.</summary>
internal static class Moments
{
    /// <summary>How many numbers there are for a value.</summary>
    internal const int Size = 5;

    // What Keras adds to what it divides by.
    internal const double Epsilon = 1e-7;

    /// <summary>The sums of a batch: <c>[5 · values]</c>.</summary>
    internal static Tensor Sum(Tensor output, Tensor labels)
    {
        (Tensor x, Tensor y) = (MetricChecks.Exact(output), MetricChecks.Exact(labels));
        return stack([x.sum(0L), y.sum(0L), x.Square().sum(0L), y.Square().sum(0L), x.mul(y).sum(0L)]).reshape(-1);
    }

    /// <summary>The mean over the values of something that their moments give.</summary>
    internal static double Mean(ReadOnlySpan<double> state, long examples, Func<ValueMoments, double> figure)
    {
        int values = state.Length / Size;
        double count = Math.Max(1, examples), sum = 0;
        for (int i = 0; i < values; i++)
        {
            (double x, double y) = (state[i], state[values + i]);
            double varianceX = Variation(x, state[(2 * values) + i], examples) / count, varianceY = Variation(y, state[(3 * values) + i], examples) / count;
            double covariance = varianceX > 0 && varianceY > 0 ? (state[(4 * values) + i] - (x * y / count)) / count : 0;
            sum += figure(new ValueMoments(x / count, y / count, varianceX, varianceY, covariance));
        }

        return sum / values;
    }

    /// <summary>
    /// Σ(x - mean)². What is left of equal numbers by rounding is no variation: it would be divided by. The limit lies
    /// where numbers of single precision cannot differ any more.
    /// </summary>
    internal static double Variation(double sum, double squares, long examples)
    {
        double variation = squares - (sum * sum / Math.Max(1, examples));
        return variation > 1e-13 * squares ? variation : 0;
    }

    /// <summary>The values of each example, less their mean, and how they vary, for figures along the values.</summary>
    internal static (Tensor X, Tensor Y, Tensor MeanX, Tensor MeanY) Centre(Tensor output, Tensor labels)
    {
        (Tensor x, Tensor y) = (MetricChecks.Exact(output), MetricChecks.Exact(labels));
        (Tensor meanX, Tensor meanY) = (x.mean([-1], keepdim: true), y.mean([-1], keepdim: true));
        return (x.sub(meanX), y.sub(meanY), meanX.squeeze(-1), meanY.squeeze(-1));
    }

    internal static int Axis(int axis) => axis is 0 or -1
        ? axis
        : throw new ArgumentOutOfRangeException(nameof(axis), axis, "The axis must be -1, over the values of each example, or 0, over the examples.");

    internal static int StateSize(Metric metric, int axis, int outputValues) => axis == 0 ? Size * outputValues
        : outputValues > 1 ? 1
        : throw new ArgumentException($"The metric '{metric.Name}' is over the values of each example, but the output gives one. Set axis: 0 to have it over the examples.");
}

/// <summary>Means, variances and covariance.</summary>
internal readonly record struct ValueMoments(double MeanX, double MeanY, double VarianceX, double VarianceY, double Covariance);
