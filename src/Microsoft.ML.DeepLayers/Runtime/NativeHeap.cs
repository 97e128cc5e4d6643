using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Has the C library keep the memory that libtorch frees while a training runs. A step frees all that it made and the next one
/// asks for as much again; by default glibc gives large blocks back to the system each time, which then has to hand out and
/// clear their pages anew.
/// </summary>
internal static partial class NativeHeap
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;

    /// <summary>Blocks up to here come from the heap rather than from the system: the largest that glibc takes.</summary>
    private const int LargestHeapBlock = 32 << 20;

    private static bool keeps;

    /// <summary>To be called before a training. What the user has set in the environment stays as it is.</summary>
    internal static void Keep()
    {
        if (!OperatingSystem.IsLinux() || NativePlatform.Current.Rid.Contains("musl", StringComparison.Ordinal) || IsDecided)
        {
            return;
        }

        keeps = SetOption(MapThreshold, LargestHeapBlock) != 0 && SetOption(TrimThreshold, int.MaxValue) != 0;
    }

    /// <summary>Gives the system what was kept; to be called after a training.</summary>
    internal static void Release()
    {
        if (keeps)
        {
            _ = Trim(0);
        }
    }

    private static bool IsDecided =>
        Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains("glibc.malloc", StringComparison.Ordinal) == true;

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);
}
