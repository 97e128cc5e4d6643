using Microsoft.ML.DeepLayers.Runtime;

namespace Microsoft.ML.DeepLayers;

/// <summary>
/// Lets training survive a crash: it writes a checkpoint at every epoch, and where <c>Fit</c> finds one of an interrupted
/// training, it goes on from there as if nothing had been. The file is deleted once training is done. Each training needs
/// a path of its own; the folds of a cross-validation share one setting, so it is not for them. Where the file is damaged,
/// <c>Fit</c> throws a <see cref="FormatException"/>. Keras: <c>BackupAndRestore</c>.
/// </summary>
/// <example><code>
/// Callbacks = { new BackupAndRestore("backup/digits.safetensors") }
/// </code></example>
public sealed record BackupAndRestore : Callback
{
    /// <summary>Creates the callback.</summary>
    /// <param name="path">The file, whose folder is made where it is missing.</param>
    /// <param name="everyBatches">After how many batches a checkpoint is written besides, within epochs; at least 1. <see langword="null"/> (the default) for none.</param>
    /// <param name="deleteCheckpoint">Whether the file is deleted once training is done. Default: <see langword="true"/>.</param>
    /// <exception cref="ArgumentException">The path is empty, or the number below 1.</exception>
    public BackupAndRestore(string path, int? everyBatches = null, bool deleteCheckpoint = true)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (everyBatches is { } batches)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1, nameof(everyBatches));
        }

        (Path, EveryBatches, DeleteCheckpoint) = (path, everyBatches, deleteCheckpoint);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>After how many batches a checkpoint is written besides.</summary>
    public int? EveryBatches { get; }

    /// <summary>Whether the file is deleted once training is done.</summary>
    public bool DeleteCheckpoint { get; }

    /// <inheritdoc/>
    public override CallbackRun Begin(TrainingRun training)
    {
        ArgumentNullException.ThrowIfNull(training);
        AtomicFile.DeleteRemains(Path);
        return new Run(this, training);
    }

    private sealed class Run(BackupAndRestore settings, TrainingRun training) : CallbackRun
    {
        public override void OnBatchEnd(BatchResult batch)
        {
            ArgumentNullException.ThrowIfNull(batch);
            if (settings.EveryBatches is { } every && batch.Batch % every == 0)
            {
                CheckpointFiles.Save(training, settings.Path);
            }
        }

        public override void OnEpochEnd(EpochResult result) => CheckpointFiles.Save(training, settings.Path);

        public override void OnTrainEnd()
        {
            if (settings.DeleteCheckpoint)
            {
                File.Delete(settings.Path);
            }
        }
    }
}
