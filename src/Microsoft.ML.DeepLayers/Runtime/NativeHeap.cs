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
    private const int MostMaps = -4;
    private const int LargestFast = 1;

    /// <summary>Blocks up to here come from the heap rather than from the system: the largest that glibc takes.</summary>
    private const int LargestHeapBlock = 32 << 20;

    private const int Never = -1;

    // glibc's own defaults.
    private const int DefaultMostMaps = 65536;
    private static readonly int DefaultLargestFast = 16 * nint.Size;

    /// <summary>How long memory is kept after a training: those that follow each other then need no new pages.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly object gate = new();
    private static readonly Timer trimming = new(_ => TrimIfIdle());
    private static bool keeps;
    private static int trainings;

    /// <summary>To be called before libtorch is loaded. What the user has set in the environment stays as it is.</summary>
    internal static void Prepare()
    {
        if (OperatingSystem.IsLinux() && !NativePlatform.Current.Rid.Contains("musl", StringComparison.Ordinal) && !IsDecided)
        {
            keeps = SetOption(MapThreshold, LargestHeapBlock) != 0 && SetOption(TrimThreshold, Never) != 0;
        }
    }

    /// <summary>To be called before a training.</summary>
    /// <returns>To be disposed of after it: soon afterwards the system gets back what was kept.</returns>
    internal static Keeping Keep()
    {
        lock (gate)
        {
            if (keeps && trainings++ == 0)
            {
                // From the heap even what is larger; other threads' heaps than the main one's have no room for more than 64 MiB. And no
                // lists of small free blocks, which keep what lies beside them from becoming large ones.
                _ = SetOption(MostMaps, 0);
                _ = SetOption(LargestFast, 0);
            }
        }

        return default;
    }

    private static void Release()
    {
        lock (gate)
        {
            if (keeps && --trainings == 0)
            {
                _ = SetOption(MostMaps, DefaultMostMaps);
                _ = SetOption(LargestFast, DefaultLargestFast);
                trimming.Change(Patience, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private static void TrimIfIdle()
    {
        lock (gate)
        {
            if (trainings == 0)
            {
                _ = Trim(0);
            }
        }
    }

    private static bool IsDecided =>
        Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null
        || Environment.GetEnvironmentVariable("MALLOC_MMAP_MAX_") is not null
        || Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is { } tunables && (tunables.Contains(".malloc.mmap_", StringComparison.Ordinal) || tunables.Contains(".malloc.trim_", StringComparison.Ordinal));

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint kept);

    /// <summary>For as long as a training runs.</summary>
    internal readonly struct Keeping : IDisposable
    {
        /// <summary>Ends it.</summary>
        public void Dispose() => Release();
    }
}
