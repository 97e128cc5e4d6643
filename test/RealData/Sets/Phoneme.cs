using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Nasal and oral vowels, from the amplitudes of five harmonics.</summary>
internal static class Phoneme
{
    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("phoneme");
        MLContext ml = trial.ML;
        IDataView data = Tables.LabelLast(ml, Path.Combine(folder, "phoneme.csv"), 5, DataKind.Boolean);
        DataOperationsCatalog.TrainTestData split = ml.Data.TrainTestSplit(data, testFraction: 0.2, seed: 1);

        var network = new Sequential { new Dense(256, Activation.ReLU), new Dense(256, Activation.ReLU), new Dense(128, Activation.ReLU) };
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                Epochs = 150,
                BatchSize = 64,
                ValidationFraction = 0.15f,
                Callbacks = { new EarlyStopping("val_accuracy", patience: 25) },
            }));

        IDataView scored = trial.Fit(pipeline, split.TrainSet).Transform(split.TestSet);
        double error = 1 - ml.BinaryClassification.Evaluate(scored).Accuracy;
        yield return trial.Result("Dense 256-256-128", $"error {error:0.00%}", "1-NN 8.97 % (leave one out)", "80/20 random; batch 64, Adam, early stopping on 15 %");
    }
}
