using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The C library's part of the end of a process, which follows after all handlers of .NET: <c>exit</c> calls what was registered
/// with it, the last first, and so the destructors of native libraries.
/// </summary>
/// <remarks>.NET can no longer be called then. What is registered here are functions of the C library itself.</remarks>
internal static unsafe partial class NativeExit
{
    private const string GnuCLibrary = "libc.so.6";

    private static readonly object gate = new();
    private static long* begun;
    private static bool skipsDestructors;

    /// <summary>Whether <c>exit</c> has begun. False where that cannot be told.</summary>
    private static bool HasBegun => begun is not null && Volatile.Read(ref *begun) != 0;

    /// <summary>Has <see cref="HasBegun"/> tell from now on. To be called after the native libraries have been loaded.</summary>
    internal static void Watch()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            var memory = (long*)NativeMemory.AllocZeroed(sizeof(long));
            // time(&memory): the C library's simplest function that leaves a trace.
            nint library = NativeLibrary.Load(OperatingSystem.IsLinux() ? GnuCLibrary : "libc");
            if (AtExit(NativeLibrary.GetExport(library, "time"), (nint)memory, 0) == 0)
            {
                begun = memory;
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library.
        }
    }

    /// <summary>
    /// Has <c>exit</c> leave out the destructors of native libraries, under which a thread works on, and end the process with its
    /// exit code. glibc alone offers that; elsewhere nothing changes.
    /// </summary>
    /// <returns>False if <c>exit</c> has begun, so that destructors may have run: native code must not be entered any more.</returns>
    internal static bool SkipDestructors()
    {
        lock (gate)
        {
            if (!skipsDestructors && OperatingSystem.IsLinux() && !HasBegun)
            {
                skipsDestructors = true;
                try
                {
                    // Called with the exit code as its first argument.
                    _ = OnExit(NativeLibrary.GetExport(NativeLibrary.Load(GnuCLibrary), "_exit"), 0);
                }
                catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
                {
                    // Another C library.
                }
            }
        }

        return !HasBegun;
    }

    [LibraryImport("libc", EntryPoint = "__cxa_atexit")]
    private static partial int AtExit(nint function, nint argument, nint library);

    [LibraryImport(GnuCLibrary, EntryPoint = "on_exit")]
    private static partial int OnExit(nint function, nint argument);
}
