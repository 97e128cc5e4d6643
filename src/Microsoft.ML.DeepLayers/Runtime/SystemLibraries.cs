namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Which symbol versions the system libraries of this Linux process offer (libstdc++, libc and the like).
/// The loaded files themselves are asked: distribution names and version numbers say nothing about a container,
/// a Conda environment or an LD_LIBRARY_PATH.
/// </summary>
internal static class SystemLibraries
{
    // A system library is a few megabytes; this keeps libtorch's hundreds of megabytes from being read by mistake.
    private const long LargestPlausibleSize = 64 << 20;

    /// <summary>The versions that the loaded library of this name (libstdc++.so.6) offers; null where that cannot be told.</summary>
    public static IReadOnlySet<string>? VersionsOf(string library) => VersionsOf(library, MappedFiles(File.ReadLines("/proc/self/maps")));

    /// <inheritdoc cref="VersionsOf(string)"/>
    internal static IReadOnlySet<string>? VersionsOf(string library, IEnumerable<string> loadedFiles)
    {
        foreach (var file in loadedFiles)
        {
            if (!MayBe(library, Path.GetFileName(file)))
            {
                continue;
            }

            try
            {
                if (new FileInfo(file).Length <= LargestPlausibleSize
                    && ElfImage.Parse(File.ReadAllBytes(file)) is { } image && image.Name == library)
                {
                    return image.DefinedVersions;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // Replaced by an update since it was loaded, or not what its name says: nothing can be told from it.
            }
        }
        return null;
    }

    /// <summary>The distinct files of a memory map in the format of /proc/self/maps.</summary>
    internal static IReadOnlyList<string> MappedFiles(IEnumerable<string> mapLines)
    {
        const string deleted = " (deleted)";
        var files = new List<string>();
        foreach (var line in mapLines)
        {
            var start = line.IndexOf('/', StringComparison.Ordinal);
            if (start < 0 || line.EndsWith(deleted, StringComparison.Ordinal))
            {
                continue;
            }

            var file = line[start..];
            if (!files.Contains(file))
            {
                files.Add(file);
            }
        }
        return files;
    }

    /// <summary>libc.so.6 may lie in libc.so.6 or libc-2.31.so, libstdc++.so.6 in libstdc++.so.6.0.30; libc10.so is neither.</summary>
    private static bool MayBe(string library, string fileName)
    {
        var end = library.IndexOf(".so", StringComparison.Ordinal);
        var stem = end < 0 ? library : library[..end];
        return fileName.StartsWith(stem, StringComparison.Ordinal)
            && fileName.Length > stem.Length && fileName[stem.Length] is '.' or '-';
    }
}
