using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>The marks that tasters gave to Portuguese wines, as a regression on eleven measurements (Cortez et al. 2009).</summary>
internal static class WineQuality
{
    private const int Folds = 5;

    internal static IEnumerable<Result> Run(string folder) =>
    [
        Validate(Path.Combine(folder, "winequality-red.csv"), "red", "SVM: MAD .46, 62.4 % within .5; NN .51, 59.1 % [M]"),
        Validate(Path.Combine(folder, "winequality-white.csv"), "white", "SVM: MAD .45, 64.6 % within .5; NN .58, 52.6 % [M]"),
    ];

    private static Result Validate(string path, string colour, string published)
    {
        var trial = new Trial($"wine-quality {colour}");
        // A context of its own without a log: five folds write hundreds of lines.
        var ml = new MLContext(seed: 1);
        IDataView data = Tables.LabelLast(ml, path, 11, DataKind.Single);
        var network = new Sequential { new Dense(64, Activation.ReLU), new Dense(32, Activation.ReLU) };
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(ml.Regression.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                Epochs = 60,
                ValidationFraction = 0.1f,
                Callbacks = { new EarlyStopping("val_mae", patience: 10) },
            }));

        var folds = trial.CrossValidate(Folds, () => ml.Regression.CrossValidate(data, pipeline, Folds, seed: 1));
        double deviation = folds.Average(fold => fold.Metrics.MeanAbsoluteError);
        double within = folds.Average(fold =>
            fold.ScoredHoldOutSet.GetColumn<float>("Score").Zip(fold.ScoredHoldOutSet.GetColumn<float>("Label")).Average(pair => Math.Abs(pair.First - pair.Second) <= 0.5f ? 1.0 : 0.0));
        return trial.Result("Dense 64-32", $"MAD {deviation:0.00}, {within:0.0%} within .5", published, "5-fold; batch 32, Adam, squared error, early stopping on 10 %");
    }
}
