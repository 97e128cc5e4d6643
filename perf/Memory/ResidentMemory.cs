using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>The physical memory that this process has.</summary>
internal static class ResidentMemory
{
    private const string Status = "/proc/self/status";

    /// <summary>At this moment, in bytes.</summary>
    internal static long Now => Read("VmRSS:") ?? Environment.WorkingSet;

    /// <summary>At most so far, in bytes.</summary>
    internal static long Peak
    {
        get
        {
            if (Read("VmHWM:") is { } peak)
            {
                return peak;
            }

            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    private static long? Read(string name) => File.Exists(Status)
        && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        ? long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024
        : null;
}
