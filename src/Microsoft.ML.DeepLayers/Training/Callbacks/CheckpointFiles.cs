namespace Microsoft.ML.DeepLayers;

/// <summary>The files of callbacks that write checkpoints.</summary>
internal static class CheckpointFiles
{
    /// <summary>Writes a checkpoint, into a folder that is made where it is missing.</summary>
    internal static void Save(TrainingRun training, string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        training.SaveCheckpoint(path);
    }

    /// <summary>Deletes what a process that was killed while it wrote the file has left beside it.</summary>
    internal static void DeleteRemains(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        if (Directory.Exists(folder))
        {
            foreach (string remains in Directory.EnumerateFiles(folder, $"{Path.GetFileName(full)}.*.tmp"))
            {
                File.Delete(remains);
            }
        }
    }
}
