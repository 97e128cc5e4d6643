using System.Security.Cryptography;

namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// A folder of native libraries that this library made itself, each named by the hash of its content. Any number of
/// processes may write at once: a file appears whole or not at all.
/// </summary>
internal sealed class NativeLibraryCache(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The folder that this cache keeps its files in.</summary>
    public string Directory { get; } = directory;

    /// <summary>The user's own cache folder: $XDG_CACHE_HOME or ~/.cache; null for a user that has no home.</summary>
    public static NativeLibraryCache? OfUser()
    {
        var root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(root ?? ""))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            root = home.Length == 0 ? null : Path.Combine(home, ".cache");
        }
        return root is null ? null : new NativeLibraryCache(Path.Combine(root, "Microsoft.ML.DeepLayers", "native"));
    }

    /// <summary>The path of a file with exactly this content, written now where it is absent or damaged.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public string Store(string name, byte[] content)
    {
        var path = Path.Combine(Directory, FileName(name, content));
        if (Holds(path, content))
        {
            return path;
        }

        CreatePrivateDirectory(Directory);
        try
        {
            AtomicFile.Write(path, stream => stream.Write(content), "The adapted library");
        }
        catch (IOException)
        {
            // On Windows a file that another process uses cannot be replaced, and need not be: its content is the same.
            if (!Holds(path, content))
            {
                throw;
            }
        }
        return path;
    }

    /// <summary>libX.so becomes libX-0123456789abcdef0123456789abcdef.so.</summary>
    internal static string FileName(string name, byte[] content)
    {
        var hash = Convert.ToHexString(SHA256.HashData(content), 0, 16).ToLowerInvariant();
        return $"{Path.GetFileNameWithoutExtension(name)}-{hash}{Path.GetExtension(name)}";
    }

    private static bool Holds(string path, byte[] content)
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file && file.Length == content.Length
                && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void CreatePrivateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(directory);
        }
        else
        {
            System.IO.Directory.CreateDirectory(directory, OwnerOnly);
        }
    }
}
