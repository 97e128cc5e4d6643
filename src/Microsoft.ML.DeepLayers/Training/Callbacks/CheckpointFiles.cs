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
}
