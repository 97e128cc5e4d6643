using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Asks the system to hold memory in pages of 2 MiB in place of 4 KiB, where it is not used yet: they are handed out 512 at a
/// time, and the processor finds rows in random order without looking up a page for each.
/// </summary>
internal static partial class LargePages
{
    private const int HugePage = 14;

    /// <summary>Asks for it. Linux with glibc only (<c>madvise(2)</c>); the system may do otherwise.</summary>
    internal static unsafe void Ask(float[] memory)
    {
        if (!OperatingSystem.IsLinux() || NativePlatform.Current.Rid.Contains("musl", StringComparison.Ordinal))
        {
            return;
        }

        // A hint alone: should the garbage collector move the array meanwhile, other memory gets large pages.
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        nint page = Environment.SystemPageSize;
        nint first = (start + page - 1) & -page;
        nint length = (start + (memory.Length * (nint)sizeof(float)) - first) & -page;
        if (length > 0)
        {
            _ = Advise(first, length, HugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
