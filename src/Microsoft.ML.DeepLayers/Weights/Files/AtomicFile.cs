namespace Microsoft.ML.DeepLayers.Weights.Files;

/// <summary>Writes files so that there is never half a file under the wanted name.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary file beside, and moves it to its place.</summary>
    /// <param name="path">The file; an existing one is replaced at the very end.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="what">What is written, for the message, e.g. <c>The weights</c>.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    internal static void Write(string path, Action<Stream> write, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = File.Create(temporary))
            {
                write(stream);
                // Renaming may reach the disk before the content does.
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception)
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }

            if (exception is UnauthorizedAccessException or IOException)
            {
                throw new IOException($"{what} could not be written to '{path}': {exception.Message}", exception);
            }

            throw;
        }
    }
}
