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
    private const int PageSize = 4096;

    /// <summary>Asks for it. Linux only (<c>madvise(2)</c>); the system may do otherwise.</summary>
    internal static unsafe void Ask(float[] memory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // A hint alone: should the garbage collector move the array meanwhile, other memory gets large pages.
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        nint first = (start + PageSize - 1) & ~(PageSize - 1);
        nint length = (start + (memory.Length * (nint)sizeof(float)) - first) & ~(PageSize - 1);
        if (length > 0)
        {
            _ = Advise(first, length, HugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
