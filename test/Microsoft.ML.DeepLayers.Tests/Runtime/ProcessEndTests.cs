using System.Diagnostics;

namespace Microsoft.ML.DeepLayers.Tests.Runtime;

/// <summary>
/// A process that ends while native code runs on other threads has the exit code that it asks for. A few combinations run
/// always; <c>DEEPLAYERS_LONG_TESTS=1</c> runs all works with all ends, several times each.
/// </summary>
[TestClass]
public sealed class ProcessEndTests
{
    private const int Aborted = 128 + 6;
    private const int Rounds = 4;

    private static readonly string[] works =
    [
        "fit", "stream", "large-step", "module", "pixels", "image-trainer", "rate", "batch-size", "doctor", "evaluation", "adaptation",
        "quantize", "transform", "transform-large", "transform-pixels", "engines", "torch", "explain", "decode",
    ];

    private static readonly Dictionary<string, int> ends = new()
    {
        ["main"] = 3,
        ["exit"] = 7,
        ["sigterm"] = 128 + 15,
        ["exception"] = Aborted,
    };

    public required TestContext TestContext { get; init; }

    private static bool IsLong => Environment.GetEnvironmentVariable("DEEPLAYERS_LONG_TESTS") == "1";

    [TestMethod]
    public async Task Exit_code_is_that_of_the_application_whatever_runs()
    {
        (string Work, string End)[] cases = IsLong
            ? [.. works.SelectMany(work => ends.Keys.Select(end => (work, end))).SelectMany(pair => Enumerable.Repeat(pair, Rounds))]
            : [("fit", "main"), ("stream", "exit"), ("pixels", "sigterm"), ("transform", "main"), ("torch", "exit"), ("fit", "exception")];
        var random = new Random(1);
        var failures = new List<string>();
        // Two at a time: beginning takes longer than ending.
        foreach ((string Work, string End)[] pair in cases.Where(one => !OperatingSystem.IsWindows() || one.End is "main" or "exit").Chunk(2))
        {
            (int Exit, string Output, TimeSpan Ending)[] runs = await Task.WhenAll(
                pair.Select(one => RunAsync(one.Work, one.End, random.Next(300))));
            for (int i = 0; i < pair.Length; i++)
            {
                if (runs[i].Exit != ends[pair[i].End])
                {
                    failures.Add($"{pair[i]}: exit code {runs[i].Exit}\n{runs[i].Output}");
                }

                TestContext.WriteLine($"{pair[i]}: {runs[i].Exit}, ended within {runs[i].Ending.TotalSeconds:F1} s");
            }
        }

        Assert.IsEmpty(failures, string.Join("\n", failures));
    }

    [TestMethod]
    public async Task Handlers_of_the_application_may_wait_for_work_and_may_score()
    {
        (int Exit, string Output, TimeSpan Ending)[] runs = await Task.WhenAll(RunAsync("fit", "handler", 50), RunAsync("fit", "scoring-handler", 50));
        Assert.AreEqual(0, runs[0].Exit, runs[0].Output);
        StringAssert.Contains(runs[0].Output, "the work went on");
        Assert.AreEqual(0, runs[1].Exit, runs[1].Output);
        StringAssert.Contains(runs[1].Output, "scored at the end");
    }

    /// <summary>The exit code, all output, and the time from the announcement of the end on.</summary>
    private static async Task<(int Exit, string Output, TimeSpan Ending)> RunAsync(string work, string end, int milliseconds)
    {
        string host = Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", "ExitHost", StringComparison.Ordinal), "ExitHost.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", host, work, end, $"{milliseconds}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A process that fails should not take the time to write its memory to a file.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string? first = await process.StandardOutput.ReadLineAsync();
        var watch = Stopwatch.StartNew();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, $"{first}\n{output}\n{await error}", watch.Elapsed);
    }
}
