namespace Microsoft.ML.DeepLayers.Training;

/// <summary>What callbacks reach of a training, through <see cref="TrainingRun"/>.</summary>
internal interface IRunningTraining
{
    /// <summary>The number of the run's first epoch.</summary>
    int FirstEpoch { get; }

    /// <summary>The number of the run's last epoch, if nobody stops before.</summary>
    int LastEpoch { get; }

    /// <summary>The number of optimizer steps taken so far.</summary>
    long Steps { get; }

    /// <summary>The learning rate of the next step.</summary>
    double LearningRate { get; }

    /// <summary>What has been measured in the current epoch so far.</summary>
    IReadOnlyDictionary<string, double> ReadMetrics();

    /// <summary>A copy of the weights.</summary>
    NetworkWeights GetWeights();

    /// <summary>Changes weights; those that are not given stay.</summary>
    void SetWeights(NetworkWeights weights);

    /// <summary>
    /// Where the current batch, whose step has not been taken yet, has its first number that is not finite, in words;
    /// <see langword="null"/> where its loss is finite and its gradients hold no NaN. Waits for the device.
    /// </summary>
    string? LocateNotFinite();

    /// <summary>The names of the weights that steps change.</summary>
    IReadOnlySet<string> TrainableWeights { get; }

    /// <summary>Computes the statistics of batch normalizations anew, by a pass over the training data.</summary>
    void UpdateBatchNormalization();

    /// <summary>Writes down where training stands.</summary>
    void SaveCheckpoint(string path);
}
