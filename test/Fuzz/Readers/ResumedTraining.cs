using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Fuzz.Readers;

/// <summary>A training that takes up a checkpoint, with everything that a checkpoint can hold.</summary>
internal sealed class ResumedTraining
{
    private readonly MLContext ml = new(seed: 1);
    private readonly IDataView data;

    internal ResumedTraining() => data = ml.Data.LoadFromEnumerable(Row.Make(24));

    /// <summary>A checkpoint of another training, and weights that training diverges from, are errors of another type.</summary>
    internal static bool IsDocumented(Exception exception) => exception is FormatException
        || (exception.GetType() == typeof(InvalidOperationException)
            && (exception.Message.StartsWith("The checkpoint is of another training", StringComparison.Ordinal) || exception.Message.Contains("diverged", StringComparison.Ordinal)));

    /// <summary>Reads the weights, and then trains the two epochs that are left.</summary>
    internal void Resume(string path)
    {
        NetworkWeights.LoadCheckpoint(path);
        Train(path);
    }

    /// <summary>Trains from the beginning, and leaves checkpoints.</summary>
    internal void Write(string pattern) => Train(null, new ModelCheckpoint(pattern, everyBatches: 2));

    private void Train(string? from, params Callback[] more)
    {
        var network = new Sequential { new Dense(4, Activation.ReLU), new BatchNormalization() };
        ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
        {
            Epochs = 3,
            BatchSize = 8,
            ValidationFraction = 0.25f,
            Optimizer = new Adam(0.01f) { EmaMomentum = 0.9f, GradientAccumulationSteps = 2 },
            ResumeFrom = from,
            Callbacks =
            [
                new EarlyStopping(patience: 9), new ReduceLROnPlateau(), new StochasticWeightAveraging(startEpoch: 1), new TimeLimit(TimeSpan.FromHours(1)), new LossSpikeDetection(),
                .. more,
            ],
        }).Fit(data);
    }
}
