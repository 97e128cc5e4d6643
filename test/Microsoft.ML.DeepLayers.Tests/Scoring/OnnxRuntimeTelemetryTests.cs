using System.Diagnostics;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Tests.Trainers;

namespace Microsoft.ML.DeepLayers.Tests.Scoring;

/// <summary>
/// A process that scores reports nothing, unless it is asked to. ONNX Runtime turns its telemetry off in builds
/// (<c>CI</c>, <c>TF_BUILD</c>, <c>GITHUB_ACTIONS</c>): the processes here do without those variables.
/// An unchanged ONNX Runtime writes its files at once, and looks its vendor up 9 seconds later for the first time:
/// <c>DEEPLAYERS_LONG_TESTS=1</c> traces a process for 35 seconds.
/// </summary>
[TestClass]
public sealed class OnnxRuntimeTelemetryTests
{
    private const int TracedMilliseconds = 35_000;

    private static readonly string[] signsOfBuilds = ["CI", "TF_BUILD", "GITHUB_ACTIONS"];
    private static TemporaryFolder shared = null!;

    [ClassInitialize]
    public static void SaveModel(TestContext context)
    {
        shared = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView data = TrainerData.View(ml, 20);
        ml.Model.Save(TrainerPipelines.ForTask(ml, "regression", epochs: 1).Fit(data), data.Schema, shared["model.zip"]);
        FreshProcessTests.Save(ml, data, shared["data.idv"]);
    }

    [ClassCleanup]
    public static void Clean() => shared.Dispose();

    [TestMethod]
    [DataRow(null, false, "1")]
    [DataRow("", false, "1")]
    [DataRow(" ", false, "1")]
    [DataRow("1", false, "1")]
    [DataRow("1", true, "1")]
    [DataRow("TRUE", true, "1")]
    [DataRow("2", false, "1")]
    [DataRow("disabled", true, "1")]
    [DataRow("0", false, "0")]
    [DataRow("False", false, "0")]
    [DataRow("no", false, "0")]
    [DataRow("off", true, "0")]
    [DataRow("", true, null)]
    [DataRow(null, true, null)]
    public void Telemetry_is_on_only_if_the_operator_or_the_application_asks(string? variable, bool isAskedFor, string? expected) =>
        Assert.AreEqual(expected, OnnxRuntimeLibrary.TelemetryValue(variable, isAskedFor));

    [TestMethod]
    public void Scoring_writes_no_device_id_and_no_events()
    {
        using var home = new TemporaryFolder();
        string output = Score(home, milliseconds: 0);
        StringAssert.Contains(output, "native: 1");
        StringAssert.Contains(output, OperatingSystem.IsWindows() ? "inherited: 1" : "inherited: not set", "Other programs that this process starts decide for themselves.");
        CollectionAssert.AreEqual(Array.Empty<string>(), Written(home));
    }

    [TestMethod]
    public void Application_asks_by_a_switch()
    {
        using var home = new TemporaryFolder();
        string output = Score(home, milliseconds: 0, asks: true);
        StringAssert.Contains(output, "native: not set");
        AssertReports(home);
    }

    [TestMethod]
    public void Operator_asks_by_the_variable()
    {
        using var home = new TemporaryFolder();
        string output = Score(home, milliseconds: 0, variable: "false");
        StringAssert.Contains(output, "native: 0");
        AssertReports(home);
    }

    [TestMethod]
    public void Operator_forbids_what_the_application_asks_for()
    {
        using var home = new TemporaryFolder();
        string output = Score(home, milliseconds: 0, asks: true, variable: "on");
        StringAssert.Contains(output, "native: 1");
        CollectionAssert.AreEqual(Array.Empty<string>(), Written(home));
    }

    /// <summary>Of a process that trains, it is the first that loads ONNX Runtime.</summary>
    [TestMethod]
    public void Quantization_writes_no_device_id_and_no_events()
    {
        using var home = new TemporaryFolder();
        (int exit, string output) = Run(Start(home, null, ["dotnet", "exec", Host("ExitHost"), "quantize", "main", "0"]));
        Assert.AreEqual(3, exit, output);
        CollectionAssert.AreEqual(Array.Empty<string>(), Written(home));
    }

    /// <summary>In a network namespace of its own; beside it, a process that is asked to report shows that the trace sees it.</summary>
    [TestMethod]
    public async Task Scoring_calls_nobody()
    {
        if (Environment.GetEnvironmentVariable("DEEPLAYERS_LONG_TESTS") != "1")
        {
            Assert.Inconclusive("Takes 35 seconds. Set DEEPLAYERS_LONG_TESTS=1 to run it.");
        }

        using var home = new TemporaryFolder();
        using var otherHome = new TemporaryFolder();
        if (!OperatingSystem.IsLinux() || !CanTrace(home["probe.txt"]))
        {
            Assert.Inconclusive("Needs Linux, strace, and the right to make a network namespace by unshare.");
        }

        Task<string> reporting = Task.Run(() => Score(otherHome, TracedMilliseconds, asks: true, trace: otherHome["trace.txt"]));
        Score(home, TracedMilliseconds, trace: home["trace.txt"]);
        await reporting;
        CollectionAssert.AreEqual(Array.Empty<string>(), Calls(home["trace.txt"]));
        Assert.IsNotEmpty(Calls(otherHome["trace.txt"]));
    }

    private static void AssertReports(TemporaryFolder home)
    {
        // Seen on Linux; elsewhere nothing is known.
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("deviceid", Written(home));
        }
    }

    /// <summary>The files of the home folder that are not ours.</summary>
    private static string[] Written(TemporaryFolder home) =>
        [.. Directory.EnumerateFiles(home["."], "*", SearchOption.AllDirectories).Where(file => file.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)).Select(file => Path.GetFileName(file)!)];

    /// <summary>Calls of a trace that leave the machine, or would have.</summary>
    private static string[] Calls(string trace) =>
        [.. File.ReadLines(trace).Where(line => line.Contains("AF_INET", StringComparison.Ordinal))];

    private static bool CanTrace(string file)
    {
        try
        {
            return Run(new ProcessStartInfo("unshare", [.. Traced(file), "true"])).Exit == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string[] Traced(string file) =>
        ["--net", "--map-root-user", "strace", "-f", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", file];

    private static string Score(TemporaryFolder home, int milliseconds, bool asks = false, string? variable = null, string? trace = null)
    {
        string[] command = ["dotnet", "exec", Host("ScoringHost"), "stay", shared["model.zip"], shared["data.idv"], $"{milliseconds}", $"{asks}"];
        if (trace is not null)
        {
            command = ["unshare", .. Traced(trace), .. command];
        }

        (int exit, string output) = Run(Start(home, variable, command));
        Assert.AreEqual(0, exit, output);
        return output;
    }

    // The hosts are built beside the tests, in the same configuration.
    private static string Host(string name) =>
        Path.Combine(AppContext.BaseDirectory.Replace("Microsoft.ML.DeepLayers.Tests", name, StringComparison.Ordinal), $"{name}.dll");

    private static ProcessStartInfo Start(TemporaryFolder home, string? variable, string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]);
        start.Environment["HOME"] = home["."];
        start.Environment["XDG_CACHE_HOME"] = home["cache"];
        start.Environment[OnnxRuntimeLibrary.TelemetryVariable] = variable;
        foreach (string sign in signsOfBuilds)
        {
            start.Environment.Remove(sign);
        }

        return start;
    }

    private static (int Exit, string Output) Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, $"{output}\n{error.Result}");
    }
}
