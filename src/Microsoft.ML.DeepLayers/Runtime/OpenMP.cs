using System.Runtime.InteropServices;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// How many threads libtorch's operations share their work among, for the calling thread alone: another training beside this
/// one keeps its own number. (<c>torch.set_num_threads</c> would change it for the whole process.)
/// </summary>
internal static unsafe class OpenMP
{
    private static readonly Lazy<(nint Get, nint Set)?> functions = new(Find);

    /// <summary>Works with at most so many threads until disposed. Does nothing where libtorch's OpenMP cannot be found.</summary>
    /// <param name="threads">The number; at least 1.</param>
    internal static ThreadLimit Limit(int threads)
    {
        // At its first use in a thread libtorch sets the number itself. That should have happened by now.
        int most = TorchSharp.torch.get_num_threads();
        if (threads >= most || functions.Value is not var (get, set))
        {
            return default;
        }

        int before = ((delegate* unmanaged<int>)get)();
        ((delegate* unmanaged<int, void>)set)(Math.Min(before, threads));
        return new ThreadLimit((delegate* unmanaged<int, void>)set, before);
    }

    private static (nint Get, nint Set)? Find()
    {
        // libtorch's own handle finds what it depends on; on Windows a library answers for itself alone.
        NativePlatform platform = NativePlatform.Current;
        string? library = OperatingSystem.IsWindows() ? "libiomp5md"
            : LibTorchFiles.Find(platform, LibTorchFiles.SearchDirectories(platform, typeof(TorchSharp.torch).Assembly)).Torch;
        return library is not null && NativeLibrary.TryLoad(library, out nint handle)
            && NativeLibrary.TryGetExport(handle, "omp_get_max_threads", out nint get)
            && NativeLibrary.TryGetExport(handle, "omp_set_num_threads", out nint set)
            ? (get, set)
            : null;
    }

    /// <summary>A limit that holds until it is disposed, in the thread that has set it.</summary>
    internal readonly struct ThreadLimit(delegate* unmanaged<int, void> set, int before) : IDisposable
    {
        public void Dispose()
        {
            if (set is not null)
            {
                set(before);
            }
        }
    }
}
