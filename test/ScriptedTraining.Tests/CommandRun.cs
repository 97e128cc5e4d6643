using System.Globalization;
using System.Text.RegularExpressions;

namespace ScriptedTraining.Tests;

/// <summary>What a run of the program gave.</summary>
internal sealed partial record CommandRun(int ExitCode, string Output, string Error)
{
    public static string Iris => Path.Combine(AppContext.BaseDirectory, "Data", "iris.csv");

    public static string Mlp => Path.Combine(AppContext.BaseDirectory, "networks", "mlp.json");

    /// <summary>The numbers of the epochs that were reported.</summary>
    public int[] Epochs => [.. EpochLine().Matches(Output).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>Runs the program in this process.</summary>
    public static async Task<CommandRun> Of(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int exitCode = await CommandLine.RunAsync(arguments, output, error);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs the program where it is to succeed.</summary>
    public static async Task<CommandRun> Succeeding(params string[] arguments)
    {
        CommandRun run = await Of(arguments);
        Assert.AreEqual(0, run.ExitCode, $"{string.Join(' ', arguments)}: {run.Error}");
        return run;
    }

    /// <summary>A value of the network in the table of metrics.</summary>
    public double Metric(string name) => Numbers(name)[0];

    /// <summary>A value of the baseline in the table of metrics.</summary>
    public double Baseline(string name) => Numbers(name)[1];

    private double[] Numbers(string metric)
    {
        string line = Output.Split('\n').Single(line => line.StartsWith($"  {metric}  ", StringComparison.Ordinal));
        return [.. line[(metric.Length + 2)..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    [GeneratedRegex(@"^  epoch (\d+)/", RegexOptions.Multiline)]
    private static partial Regex EpochLine();
}
