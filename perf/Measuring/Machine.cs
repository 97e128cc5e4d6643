using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>What figures depend on.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="Cores">How many of them this process may use.</param>
/// <param name="MemoryGiB">The memory that this process may use.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Versions">The versions of what is measured, by name.</param>
internal sealed record Machine(string Processor, int Cores, double MemoryGiB, string System, string Runtime, IReadOnlyDictionary<string, string> Versions)
{
    internal static Machine Read() => new(
        ReadProcessor(), Environment.ProcessorCount, Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Microsoft.ML"] = Version(typeof(MLContext)),
            ["TorchSharp"] = Version(typeof(TorchSharp.torch)),
            ["libtorch"] = TorchSharp.torch.__version__,
            ["Microsoft.ML.OnnxRuntime"] = OrtEnv.Instance().GetVersionString(),
        });

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {Cores} cores, {MemoryGiB:0.#} GiB; {System}; {Runtime}; {string.Join(", ", Versions.Select(version => $"{version.Key} {version.Value}"))}");

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private static string ReadProcessor()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
