using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Runs comparisons and prints a table of them.</summary>
internal static class RatioCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>All comparisons.</summary>
    private static IEnumerable<RatioLine> Lines => [.. TrainingLines.All, .. ScoringLines.All, .. DataLines.All];

    /// <param name="filter">Which comparisons: those whose group and name contain it.</param>
    /// <param name="rounds">How many rounds of each.</param>
    /// <param name="json">Where results go as JSON as well.</param>
    /// <param name="device">Where trainings run.</param>
    internal static int Run(string filter, int rounds, FileInfo? json, Device device)
    {
        RatioLine[] lines = [.. Lines.Where(line => $"{line.Group} {line.Name} {line.Peer}".Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (lines.Length == 0)
        {
            Console.Error.WriteLine($"No comparison's name contains '{filter}'. There are: {string.Join("; ", Lines.Select(line => $"{line.Group} {line.Name}"))}.");
            return 2;
        }

        MeasuredDevice.Choose(device);
        Machine machine = Machine.Read();
        Console.WriteLine(machine);
        Console.WriteLine();
        Console.WriteLine("| | | against | ours, µs | peer, µs | ratio | quartiles | at most | |");
        Console.WriteLine("|---|---|---|---:|---:|---:|---:|---:|---|");
        var results = new List<RatioResult>();
        foreach (RatioLine line in lines)
        {
            RatioResult result = RatioResult.Measure(line, rounds);
            results.Add(result);
            Console.WriteLine(Describe(result));
        }

        if (json is not null)
        {
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(new { Machine = machine, Results = results }, Indented));
        }

        return 0;
    }

    private static string Describe(RatioResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {result.Group} | {result.Name} | {result.Peer} | {result.Ours.Median:G4} a {result.Unit} | {result.Peers.Median:G4} | {result.Ratio.Median:0.000} | {result.Ratio.LowerQuartile:0.000} to {result.Ratio.UpperQuartile:0.000} | {result.Limit} | {(result.Stands switch { true => "yes", false => "no", null => "" })} |");
}
