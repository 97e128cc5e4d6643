using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Higgs bosons and background: the small sample that LightGBM ships.</summary>
internal static class Higgs
{
    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("higgs-7k");
        MLContext ml = trial.ML;
        IDataView train = Load(ml, Tables.Plain(folder, "binary.train.gz"));
        IDataView test = Load(ml, Path.Combine(folder, "binary.test"));

        var network = new Sequential { new Dense(128, Activation.ReLU), new Dropout(0.3f), new Dense(64, Activation.ReLU), new Dropout(0.3f) };
        var pipeline = ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)
            .Append(ml.BinaryClassification.Trainers.NeuralNetwork(network, new NeuralNetworkOptions
            {
                Epochs = 60,
                ValidationFraction = 0.15f,
                Callbacks = { new EarlyStopping(patience: 8) },
            }));

        IDataView scored = trial.Fit(pipeline, train).Transform(test);
        double auc = ml.BinaryClassification.Evaluate(scored).AreaUnderRocCurve;
        yield return trial.Result("Dense 128-64, dropout .3", $"AUC {auc:0.000}", "LightGBM about .83 [M]", "its 7000/500; batch 32, Adam, early stopping on 15 %");
    }

    private static IDataView Load(MLContext ml, string path) => ml.Data.LoadFromTextFile(
        path, [new TextLoader.Column("Label", DataKind.Boolean, 0), new TextLoader.Column("Features", DataKind.Single, 1, 28)]);
}
