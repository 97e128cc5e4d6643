using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>A library that this Linux system loads only with its version needs adapted (see <see cref="VersionFix"/>).</summary>
internal sealed class AdaptedLibrary(string original, byte[] content)
{
    /// <summary>The adapted library; null where versions are not what keeps it from loading.</summary>
    /// <exception cref="DllNotFoundException">The system lacks versions that the library really uses.</exception>
    public static AdaptedLibrary? For(string path)
    {
        NativeLibrary.TryLoad("libstdc++.so.6", out _); // from here on the one that counts is the one that is loaded
        try
        {
            return VersionFix.Apply(path, File.ReadAllBytes(path), SystemLibraries.VersionsOf) is { } content ? new(path, content) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null; // the linker's own error says more
        }
    }

    public nint Load() => Load(NativeLibraryCache.OfUser());

    /// <summary>From the cache, or where that can be neither written nor executed from, from a temporary folder.</summary>
    /// <exception cref="DllNotFoundException">It loads from neither.</exception>
    internal nint Load(NativeLibraryCache? cache)
    {
        var failures = new List<Exception>();
        if ((cache is not null && TryLoad(cache, failures, out var handle)) || TryLoadTemporarily(failures, out handle))
        {
            return handle;
        }

        throw new DllNotFoundException(
            "Training needs TorchSharp's native library, which this system's libstdc++ accepts only as an adapted copy, and that copy "
            + $"cannot be made. File: {original}. Reason: {string.Join(" ", failures.Select(e => e.Message.Trim()))} "
            + "What to do: set XDG_CACHE_HOME or TMPDIR to a folder that this process may write to and execute from.", failures[0]);
    }

    /// <summary>
    /// From a folder that is this process's own, so that nobody else can have put a file into it, and that goes at once:
    /// Linux needs a library's file only while it loads.
    /// </summary>
    private bool TryLoadTemporarily(List<Exception> failures, out nint handle)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("Microsoft.ML.DeepLayers-");
            return TryLoad(new NativeLibraryCache(folder.FullName), failures, out handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failures.Add(e);
            handle = 0;
            return false;
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private bool TryLoad(NativeLibraryCache cache, List<Exception> failures, out nint handle)
    {
        try
        {
            handle = NativeLibrary.Load(cache.Store(Path.GetFileName(original), content));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            failures.Add(e);
            handle = 0;
            return false;
        }
    }
}
