using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// The environment variables that native libraries read. On Unix, .NET works on a copy of its own: a variable set there does not
/// reach native code, and a variable set here is not inherited by processes that .NET starts.
/// </summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for native libraries that are loaded later.</summary>
    /// <param name="name">The variable's name.</param>
    /// <param name="value">The variable's value.</param>
    /// <param name="overwrite">If false, a variable that is set already keeps its value.</param>
    internal static void Set(string name, string value, bool overwrite)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetVariable(name, value, overwrite ? 1 : 0);
        }
        else if (overwrite || Environment.GetEnvironmentVariable(name) is null)
        {
            SetOnWindows(name, value);
        }
    }

    // Windows keeps two copies: the system's, which .NET shares, and the C runtime's.
    private static void SetOnWindows(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        try
        {
            _ = SetRuntimeVariable(name, value);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // The system's copy is the one that is left.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_wputenv_s", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int SetRuntimeVariable(string name, string value);
}
