using System.Globalization;
using System.Text;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Measures how time grows, prints tables of it, and puts them into the documentation.</summary>
internal static class ScaleCommand
{
    private const string Begin = "<!-- what `perf -- scale --write` measured: begin -->";
    private const string End = "<!-- end -->";

    /// <param name="filter">Which series: those whose name or quantity contains it.</param>
    /// <param name="page">Where the tables go as well.</param>
    internal static int Run(string filter, FileInfo? page)
    {
        ScaleSeries[] all = [.. ScaleLines.All.Where(series => $"{series.Quantity} {series.Name}".Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (all.Length == 0)
        {
            Console.Error.WriteLine($"No series' name contains '{filter}'. There are: {string.Join("; ", ScaleLines.All.Select(series => series.Quantity).Distinct())}.");
            return 2;
        }

        string before = page is null ? "" : Read(page);
        Runtime.LibTorch.EnsureLoaded();
        var text = new StringBuilder();
        void Write(string line)
        {
            Console.WriteLine(line);
            text.Append(line).Append('\n');
        }

        Write(Machine.Read() + ".");
        foreach (ScaleSeries series in all)
        {
            Measure(series, Write);
        }

        if (page is not null)
        {
            Replace(page, before, text.ToString());
        }

        return 0;
    }

    private static void Measure(ScaleSeries series, Action<string> write)
    {
        // What only the first run of a kind costs is not what grows.
        series.Measure(series.Sizes[0]);
        bool isWhole = series.Quantity == "rows";
        write("");
        write($"**{char.ToUpperInvariant(series.Quantity[0])}{series.Quantity[1..]}** ({series.Name})");
        write("");
        write($"| {series.Quantity} | {(isWhole ? "`Fit`, seconds" : "training, µs a step")} | {(isWhole ? "`Transform`, seconds" : "scoring, µs a row")} |");
        write("|---:|---:|---:|");
        var points = new List<ScalePoint>();
        double unit = isWhole ? 1 : 1e6;
        foreach (int size in series.Sizes)
        {
            ScalePoint point = series.Measure(size);
            points.Add(point);
            write($"| {Number(point.Amount, "N0")} | {Number(unit * point.Training, "G3")} | {Number(unit * point.Scoring, "G3")} |");
        }

        (string training, string scoring) = (Exponents(points, point => point.Training), Exponents(points, point => point.Scoring));
        write($"| *exponent, all; last two* | {training} | {scoring} |");
    }

    private static string Exponents(List<ScalePoint> points, Func<ScalePoint, double> seconds)
    {
        (double, double)[] times = [.. points.Select(point => (point.Amount, seconds(point)))];
        return $"{Number(PowerLaw.Exponent(times), "0.00")}; {Number(PowerLaw.Exponent(times[^2..]), "0.00")}";
    }

    private static string Number(double number, string format) => format == "G3" && number >= 1000
        ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number.ToString(format, CultureInfo.InvariantCulture);

    private static string Read(FileInfo page)
    {
        string text = File.ReadAllText(page.FullName);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        return begin >= 0 && text.IndexOf(End, begin, StringComparison.Ordinal) > begin
            ? text
            : throw new ArgumentException($"{page.Name} has no place for the tables: it needs a line '{Begin}' and, after it, a line '{End}'.");
    }

    private static void Replace(FileInfo page, string text, string tables)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, begin, StringComparison.Ordinal);
        string temporary = page.FullName + ".new";
        File.WriteAllText(temporary, $"{text[..begin]}\n{tables}{text[end..]}");
        File.Move(temporary, page.FullName, overwrite: true);
    }
}
