using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>Loads the native libraries that were found, in order, without a touch of TorchSharp's types.</summary>
internal static class LibTorchLoader
{
    private const string TorchSharpLibrary = "LibTorchSharp";

    /// <summary>Loads libtorch and TorchSharp's library, and makes TorchSharp find them.</summary>
    /// <exception cref="LibTorchNotFoundException">They are neither among the files nor anywhere else.</exception>
    /// <exception cref="DllNotFoundException">One of them does not load.</exception>
    public static LibTorchFiles Load(Assembly torchSharp, LibTorchFiles files)
        => Load(torchSharp, files, name => NativeLibrary.TryLoad(name, torchSharp, null, out _));

    /// <inheritdoc cref="Load(Assembly, LibTorchFiles)"/>
    internal static LibTorchFiles Load(Assembly torchSharp, LibTorchFiles files, Func<string, bool> tryLoadByName)
    {
        var handles = new Dictionary<string, nint>(StringComparer.Ordinal);
        var dependencies = Dependencies(files.Platform);
        if (files.Torch is { } torch)
        {
            var folder = Path.GetDirectoryName(torch)!;
            foreach (var library in dependencies)
            {
                handles[library] = LoadFile(Path.Combine(folder, files.Platform.FileName(library)), files.Platform);
            }
        }
        else
        {
            // From outside of the application: loaded by it already, in LD_LIBRARY_PATH or PATH, or known to a notebook's host.
            if (!Array.TrueForAll(dependencies, library => tryLoadByName(library)))
            {
                throw NotFound();
            }

            files = files with { HasCuda = tryLoadByName("torch_cuda") };
        }

        if (files.TorchSharp is { } own)
        {
            handles[TorchSharpLibrary] = LoadTorchSharp(own, files.Platform);
        }
        else if (!tryLoadByName(TorchSharpLibrary))
        {
            throw NotFound();
        }

        // The event serves TorchSharp's own loads and its P/Invokes alike (a DllImportResolver serves only the latter), and
        // is raised only where .NET's search finds nothing that loads: elsewhere this stays out of the way.
        var context = AssemblyLoadContext.GetLoadContext(torchSharp) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += (_, name) => handles.GetValueOrDefault(name);
        return files;

        LibTorchNotFoundException NotFound() => LibTorchNotFoundException.For(files, torchSharp.GetName().Version?.ToString(3) ?? "");
    }

    /// <summary>
    /// What has to be in memory before TorchSharp's library. On Linux that is all of libtorch that it links to, since an
    /// adapted copy lies in another folder and finds libtorch only by its being loaded already.
    /// </summary>
    private static string[] Dependencies(NativePlatform platform) => platform.IsLinux ? ["c10", "torch_cpu", "torch"] : ["torch_cpu"];

    private static nint LoadTorchSharp(string path, NativePlatform platform)
    {
        try
        {
            return LoadFile(path, platform);
        }
        catch (DllNotFoundException) when (platform.Rid == "linux-x64")
        {
            if (AdaptedLibrary.For(path) is { } adapted)
            {
                return adapted.Load();
            }

            throw;
        }
    }

    private static nint LoadFile(string path, NativePlatform platform)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            var dependencies = platform.IsLinux ? $"look for a missing dependency with: ldd {path}"
                : platform.IsMacOS ? $"look for a missing dependency with: otool -L {path}"
                : "install the Visual C++ redistributable for this processor.";
            throw new DllNotFoundException(
                $"Training needs libtorch, and one of its native libraries does not load. File: {path}. Reason: {e.Message.Trim()} "
                + "What to do: see that the application references TorchSharp-cpu (or TorchSharp-cuda-windows, TorchSharp-cuda-linux) in the "
                + $"version of its TorchSharp, rebuild it from a clean output folder in case a file is incomplete, and {dependencies}", e);
        }
    }
}
