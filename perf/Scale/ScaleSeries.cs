namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>How time grows with one quantity, everything else staying as it is.</summary>
/// <param name="Name">What it is measured with.</param>
/// <param name="Quantity">What grows, e.g. <c>rows</c>.</param>
/// <param name="Sizes">Its values: three orders of magnitude.</param>
/// <param name="Measure">Measures at one of them.</param>
internal sealed record ScaleSeries(string Name, string Quantity, IReadOnlyList<int> Sizes, Func<int, ScalePoint> Measure);

/// <summary>What was measured at one size.</summary>
/// <param name="Amount">The quantity, where it is not the size itself: the number of parameters of so many units.</param>
/// <param name="Training">Seconds of training: a step, or an epoch.</param>
/// <param name="Scoring">Seconds of scoring: a row, or all.</param>
internal sealed record ScalePoint(double Amount, double Training, double Scoring);

/// <summary>Times that follow a power of a quantity: a straight line between logarithms.</summary>
internal static class PowerLaw
{
    /// <summary>The power, by least squares.</summary>
    internal static double Exponent(IReadOnlyList<(double Amount, double Seconds)> points)
    {
        double[] x = [.. points.Select(point => Math.Log(point.Amount))];
        double[] y = [.. points.Select(point => Math.Log(point.Seconds))];
        (double meanX, double meanY) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
