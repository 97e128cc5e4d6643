namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Where the values of a sample lie.</summary>
/// <param name="Median">Half of them are below.</param>
/// <param name="LowerQuartile">A quarter of them is below.</param>
/// <param name="UpperQuartile">A quarter of them is above.</param>
internal sealed record Spread(double Median, double LowerQuartile, double UpperQuartile)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Spread(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75));
    }

    private static double Quantile(double[] sorted, double part)
    {
        double position = part * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
