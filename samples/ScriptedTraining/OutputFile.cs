namespace ScriptedTraining;

/// <summary>Writes files whole or not at all: under another name in the same folder, moved at the end.</summary>
internal static class OutputFile
{
    /// <summary>Finds out whether a file can be written, before an hour of training is spent on it.</summary>
    public static void Check(string path)
    {
        string folder = FolderOf(path);
        if (!Directory.Exists(folder))
        {
            throw new UserException($"The folder '{folder}' of the output file does not exist.");
        }

        if (Directory.Exists(path))
        {
            throw new UserException($"The output '{path}' is a folder, not a file.");
        }

        string temporary = TemporaryName(path);
        try
        {
            File.Create(temporary).Dispose();
            File.Delete(temporary);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UserException($"There is no permission to write to the folder '{folder}'.", exception);
        }
    }

    public static void Write(string path, Action<Stream> write)
    {
        Check(path);
        string temporary = TemporaryName(path);
        try
        {
            using (FileStream stream = File.Create(temporary))
            {
                write(stream);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;

    private static string TemporaryName(string path) =>
        Path.Combine(FolderOf(path), $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
}
