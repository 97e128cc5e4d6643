using System.Globalization;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>A range of numbers, where they lie between 0 and 1, and round numbers to write beside it.</summary>
internal sealed class Axis
{
    private readonly double from;
    private readonly double to;
    private readonly bool isLogarithmic;

    private Axis(double from, double to, bool isLogarithmic, IReadOnlyList<double> ticks) =>
        (this.from, this.to, this.isLogarithmic, Ticks) = (from, to, isLogarithmic, ticks);

    /// <summary>The round numbers.</summary>
    internal IReadOnlyList<double> Ticks { get; }

    /// <summary>An axis that holds all numbers, with a little room.</summary>
    /// <param name="values">The numbers; those that are not finite do not count.</param>
    /// <param name="mayBeLogarithmic">Whether factors count rather than differences, where the numbers spread over more than two powers of ten.</param>
    internal static Axis Over(IEnumerable<double> values, bool mayBeLogarithmic = false)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        (double low, double high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        if (mayBeLogarithmic && low > 0 && high / low > 100)
        {
            return Logarithmic(low, high);
        }

        // One number alone still needs a range.
        double room = high > low ? (high - low) * 0.05 : Math.Max(Math.Abs(high) * 0.1, 1e-9);
        return Linear(low - room, high + room, 6);
    }

    /// <summary>An axis of epochs.</summary>
    internal static Axis Epochs(int first, int last)
    {
        double step = Math.Max(1, NiceStep((last - first) / 7.0));
        return new Axis(first - 0.5, last + 0.5, false, [.. Multiples(first, last, step)]);
    }

    /// <summary>An axis of a given range.</summary>
    internal static Axis Linear(double from, double to, int ticks) => new(from, to, false, [.. Multiples(from, to, NiceStep((to - from) / ticks))]);

    /// <summary>Where a number lies: 0 at the beginning, 1 at the end.</summary>
    internal double Place(double value) => isLogarithmic
        ? (Math.Log10(value) - Math.Log10(from)) / (Math.Log10(to) - Math.Log10(from))
        : (value - from) / (to - from);

    /// <summary>A number as it is written beside the axis.</summary>
    internal static string Label(double value) => value.ToString(
        Math.Abs(value) is >= 1e5 or (> 0 and < 1e-3) ? "0.##e+0" : "0.######", CultureInfo.InvariantCulture);

    private static Axis Logarithmic(double low, double high)
    {
        int first = (int)Math.Floor(Math.Log10(low)), last = (int)Math.Ceiling(Math.Log10(high));
        int step = Math.Max(1, (last - first + 5) / 6);
        IEnumerable<double> ticks = Enumerable.Range(0, last - first + 1).Where(i => i % step == 0).Select(i => Math.Pow(10, first + i));
        double from = low / 1.3, to = high * 1.3;
        return new Axis(from, to, true, [.. ticks.Where(tick => tick >= from && tick <= to)]);
    }

    /// <summary>The nearest of 1, 2, 5, 10, 20, ...</summary>
    private static double NiceStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(step, 1e-300))));
        double factor = step / power;
        return power * (factor < 1.5 ? 1 : factor < 3 ? 2 : factor < 7 ? 5 : 10);
    }

    private static IEnumerable<double> Multiples(double from, double to, double step)
    {
        // Rounding, or 0.1 + 0.2 would not be written as 0.3.
        for (double i = Math.Ceiling((from / step) - 1e-9); i * step <= to + (step * 1e-9); i++)
        {
            // Tiny numbers would be rounded away, and zero must not be written as -0.
            yield return i == 0 ? 0 : Math.Round(i * step, 15) is double rounded && rounded != 0 ? rounded : i * step;
            if (i == i + 1)
            {
                yield break;
            }
        }
    }
}
