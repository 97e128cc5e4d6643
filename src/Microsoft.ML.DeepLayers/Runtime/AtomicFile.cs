namespace Microsoft.ML.DeepLayers.Runtime;

/// <summary>
/// Writes files so that there is never half a file under the wanted name: to a temporary file in the same folder,
/// <c>.{name}.{32 hexadecimal digits}.tmp</c>, which is moved to its place at the end.
/// </summary>
/// <remarks>
/// A writer holds its temporary file open until it has been moved. So the files of processes that were killed are those that
/// nobody holds, and the next writer of the same file deletes them.
/// </remarks>
internal static class AtomicFile
{
    private const string Extension = ".tmp";
    private const int DigitCount = 32;

    /// <summary>Writes a file, and deletes what killed processes left of it.</summary>
    /// <param name="path">The file; an existing one is replaced at the very end. Of a symbolic link, the file that it names.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="what">The content, for the message, e.g. <c>The weights</c>.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    internal static void Write(string path, Action<Stream> write, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var named = new FileInfo(path);
            string target = (named.LinkTarget is null ? named : named.ResolveLinkTarget(returnFinalTarget: true) ?? named).FullName;
            if (IsDevice(target))
            {
                using FileStream device = File.OpenWrite(target);
                write(device);
                return;
            }

            DeleteRemains(target);
            Replace(target, write);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"{what} could not be written to '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Deletes temporary files of one file that processes left which were killed while they wrote it.</summary>
    /// <param name="path">The file.</param>
    internal static void DeleteRemains(string path)
    {
        string full = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(full);
        if (!Directory.Exists(folder))
        {
            return;
        }

        string start = $".{Path.GetFileName(full)}.";
        foreach (string remains in Directory.EnumerateFiles(folder, $"*{Extension}").Where(file => IsTemporary(Path.GetFileName(file), start)))
        {
            try
            {
                // Fails where a writer holds the file.
                using (new FileStream(remains, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                }

                File.Delete(remains);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It is in use, or another writer was faster.
            }
        }
    }

    private static void Replace(string target, Action<Stream> write)
    {
        string temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}{Extension}");
        bool isMoved = false;
        try
        {
            // Sharing deletion lets the file be moved while it is held.
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            write(stream);
            // Renaming may reach the disk before the content does.
            stream.Flush(flushToDisk: true);
            File.Move(temporary, target, overwrite: true);
            isMoved = true;
        }
        finally
        {
            if (!isMoved)
            {
                File.Delete(temporary);
            }
        }
    }

    private static bool IsTemporary(string name, string start) =>
        name.Length == start.Length + DigitCount + Extension.Length && name.StartsWith(start, StringComparison.Ordinal)
        && Guid.TryParseExact(name.AsSpan(start.Length, DigitCount), "N", out _);

    /// <summary>Such as /dev/null, which a moved file would replace.</summary>
    private static bool IsDevice(string path) => !OperatingSystem.IsWindows() && path.StartsWith("/dev/", StringComparison.Ordinal);
}
