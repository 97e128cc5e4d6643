using Microsoft.ML.DeepLayers.Losses;
using Microsoft.ML.DeepLayers.Metrics;
using Microsoft.ML.DeepLayers.Training;

namespace Microsoft.ML.DeepLayers.Tests.Training;

/// <summary>A training for callbacks to watch without a network: it measures loss, accuracy and mse, and notes what is done to it.</summary>
internal sealed class FakeTraining : IRunningTraining
{
    public int FirstEpoch { get; init; } = 1;

    public int LastEpoch { get; init; } = 10;

    public long Steps { get; set; }

    public double LearningRate { get; set; } = 0.1;

    internal Dictionary<string, double> Current { get; } = [];

    internal NetworkWeights Weights { get; set; } = new([]);

    internal List<string> Checkpoints { get; } = [];

    internal int Readings { get; private set; }

    public IReadOnlyDictionary<string, double> ReadMetrics()
    {
        Readings++;
        return Current;
    }

    public NetworkWeights GetWeights() => Weights;

    public void SetWeights(NetworkWeights weights) => Weights = weights;

    internal string? NotFinite { get; set; }

    public string? LocateNotFinite() => NotFinite;

    public IReadOnlySet<string> TrainableWeights => Weights.Names.ToHashSet();

    internal int BatchNormalizationUpdates { get; private set; }

    public void UpdateBatchNormalization() => BatchNormalizationUpdates++;

    public void SaveCheckpoint(string path) => Checkpoints.Add(path);

    /// <summary>What callbacks see of it.</summary>
    internal TrainingRun ToRun(bool hasValidation = true, long? batchesPerEpoch = 5, Action<string>? log = null) => new(
        this,
        [new Objective(PredictionTask.MulticlassClassification, new SparseCategoricalCrossentropy(), [new SparseCategoricalAccuracy("accuracy"), new MeanSquaredError()])],
        hasValidation, batchesPerEpoch, log ?? (_ => { }));

    /// <summary>A run of its own.</summary>
    internal static TrainingRun Run(bool hasValidation) => new FakeTraining().ToRun(hasValidation);
}
