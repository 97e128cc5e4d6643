using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The same training in PyTorch: a Python process beside this one, which trains whenever it is its turn and waits without working else.</summary>
internal sealed class PyTorchLoop : IDisposable
{
    /// <summary>Where it may be: the user's Python, and the system's, for which package managers install it.</summary>
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3", "python"];

    private static readonly Lazy<(string Interpreter, string Version)?> Found = new(Find);

    private readonly Process process;

    internal PyTorchLoop(BenchmarkNetwork network)
    {
        string interpreter = Found.Value?.Interpreter ?? throw new InvalidOperationException("There is no PyTorch on this machine.");
        string script = Path.Combine(AppContext.BaseDirectory, "PyTorch", "training_loop.py");
        string[] arguments = [script, network.Name, Text(network.BatchSize), Text(network.Examples), Text(network.Epochs), Text(BenchmarkNetwork.ValidationFraction), MeasuredDevice.Chosen.ToString()];
        process = Process.Start(new ProcessStartInfo(interpreter, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    /// <summary>PyTorch's version; <see langword="null"/> where no Python has it.</summary>
    internal static string? Version => Found.Value?.Version;

    /// <summary>Trains a new network, and says how many seconds that took there.</summary>
    internal double Train()
    {
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
        return double.Parse(
            process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The training in PyTorch ended with an error; see above."), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static (string Interpreter, string Version)? Find()
    {
        foreach (string interpreter in Interpreters)
        {
            try
            {
                using Process process = Process.Start(new ProcessStartInfo(interpreter, ["-c", "import torch; print(torch.__version__)"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
                _ = process.StandardError.ReadToEndAsync();
                string version = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                if (process.ExitCode == 0)
                {
                    return (interpreter, version);
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // There is no such program.
            }
        }

        return null;
    }
}
