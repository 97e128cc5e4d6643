using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>What the processor says of itself, as far as libtorch and ONNX Runtime rely on it.</summary>
internal static class Processor
{
    private const int CachesOfIntel = 4;
    private const int CachesOfAmd = unchecked((int)0x8000001D);

    /// <summary>
    /// Whether the processor tells the sizes of its caches. Some virtual machines hide them, and the numbers of cores.
    /// oneDNN (3.x, in libtorch 2.10) then chooses blocks for convolutions of 1 × 1 that make it divide by zero, which ends
    /// the process, or compute wrong numbers: with two threads, for instance, from 256 channels to 1024 over 14 × 14 positions.
    /// </summary>
    internal static bool ReportsCaches { get; } = !X86Base.IsSupported || HasCaches(CachesOfIntel) || HasCaches(CachesOfAmd);

    /// <summary>
    /// How many threads that compute without a pause the process can run side by side: one a core, however many threads the
    /// core offers, and no more than the process may use; <see langword="null"/> where the system does not tell cores.
    /// </summary>
    internal static int? Cores { get; } = OperatingSystem.IsLinux() && CountCores("/sys/devices/system/cpu") is > 0 and int cores
        ? Math.Min(cores, Environment.ProcessorCount)
        : null;

    /// <summary>The number of cores that a folder of Linux's describes; 0 where it describes none.</summary>
    internal static int CountCores(string folder)
    {
        try
        {
            return Directory.EnumerateDirectories(folder, "cpu*")
                .Select(processor => Path.Combine(processor, "topology", "thread_siblings_list"))
                .Where(File.Exists)
                .Select(file => File.ReadAllText(file).Trim())
                .Distinct()
                .Count();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>The kind of the first cache; 0 for none.</summary>
    private static bool HasCaches(int leaf) => (X86Base.CpuId(leaf, 0).Eax & 0x1f) != 0;
}
