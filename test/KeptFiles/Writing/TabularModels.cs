using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Losses;
using OwnLayer;

namespace KeptFiles.Writing;

/// <summary>Models of each task over a vector of features, with labels of each kind.</summary>
internal static class TabularModels
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly IDataView Train = Rows.View(Ml, 160, seed: 1);
    private static readonly IDataView Some = Rows.View(Ml, 6, seed: 2);

    private static Sequential Network => new() { new Dense(8, Activation.ReLU), new BatchNormalization(), new Dropout(0.1f), new Dense(5, Activation.Tanh) };

    internal static void Write(KeptWriter writer)
    {
        void Keep(string name, IEstimator<ITransformer> pipeline) => writer.Model(name, pipeline.Fit(Train), Some);
        var binary = Ml.BinaryClassification.Trainers;
        var regression = Ml.Regression.Trainers;

        NeuralNetworkOptions weighted = Options("Flag");
        weighted.ExampleWeightColumnName = "Weight";
        weighted.ClassWeights = ClassWeights.Balanced;
        weighted.ValidationFraction = 0.25f;
        weighted.Metrics.Add(new Microsoft.ML.DeepLayers.Metrics.AUC());
        weighted.Callbacks.Add(new EarlyStopping(patience: 2));
        Keep("binary", Ml.Transforms.NormalizeMeanVariance("Features").Append(binary.NeuralNetwork(Network, weighted)));

        Keep("multiclass-text", Multiclass("Class"));
        Keep("multiclass-int", Multiclass("Code"));
        Keep("multiclass-single", Multiclass("Half"));
        Keep("multiclass-datetime", Multiclass("Day"));
        Keep("multiclass-flag", Multiclass("Flag"));
        Keep("multiclass-hashed", Ml.Transforms.Conversion.Hash("Label", "Class", numberOfBits: 3)
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(Network, Options("Label"))));

        Keep("regression", regression.NeuralNetwork(Network, Options("Number")));
        Keep("regression-vector", regression.NeuralNetwork(Network, Options("Pair")));
        Keep("regression-sigmoid", regression.NeuralNetwork(Network, With(Options("Shares"), new BinaryCrossentropy())));
        Keep("regression-poisson", regression.NeuralNetwork(Network, With(Options("Counts"), new Poisson())));
        Keep("regression-quantiles", regression.NeuralNetwork(Network, With(Options("Number"), new Quantile(0.1f, 0.9f))));

        Keep("own-layer", binary.NeuralNetwork(new Sequential { new GaussianUnits(6, gamma: 2, new RandomNormal(0, 0.5f)) }, Options("Flag")));
        Keep("own-loss", regression.NeuralNetwork(Network, With(Options("Number"), new CappedError(0.75f))));
        Keep("adapted", regression.NeuralNetwork(new Sequential { new Input(4), new Normalization(), new Dense(4, Activation.GELU) }, Options("Number")));
    }

    internal static NeuralNetworkOptions Options(string label, int epochs = 2) => new()
    {
        LabelColumnName = label,
        Epochs = epochs,
        BatchSize = 16,
        Optimizer = new Adam(0.01f),
        Device = Device.Cpu,
    };

    private static NeuralNetworkOptions With(NeuralNetworkOptions options, Loss loss)
    {
        options.Loss = loss;
        return options;
    }

    private static IEstimator<ITransformer> Multiclass(string column) => Ml.Transforms.Conversion.MapValueToKey("Label", column)
        .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(Network, Options("Label")))
        .Append(Ml.Transforms.Conversion.MapKeyToValue("Answer", "PredictedLabel"));
}
