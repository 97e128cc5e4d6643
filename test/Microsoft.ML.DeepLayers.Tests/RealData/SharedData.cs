using System.IO.Compression;

namespace Microsoft.ML.DeepLayers.Tests.RealData;

/// <summary>The folder of real data sets that lies beside the repository, where there is one.</summary>
internal static class SharedData
{
    private static readonly string? Root = FindRoot();

    /// <summary>The path of a file or folder; <see langword="null"/> where it is absent.</summary>
    /// <param name="parts">The path within the data folder, part by part.</param>
    internal static string? Find(params string[] parts)
    {
        string? path = Root is null ? null : Path.Combine([Root, .. parts]);
        return Path.Exists(path) ? path : null;
    }

    /// <summary>Opens a file, unpacked where its name ends in .gz.</summary>
    internal static Stream Open(string path)
    {
        Stream file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    internal static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(Open(path));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static string? FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "DeepLayers.sln")))
            {
                return Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data"));
            }
        }

        return null;
    }
}
