using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Tests.Trainers;

/// <summary>One pipeline a task over <see cref="TrainerData"/>.</summary>
internal static class TrainerPipelines
{
    internal static Sequential Network => new() { new Dense(16, Activation.ReLU), new Dense(8, Activation.Tanh) };

    internal static NeuralNetworkOptions Options(string label, int epochs = 15) => new()
    {
        LabelColumnName = label,
        Epochs = epochs,
        BatchSize = 32,
        Optimizer = new Adam(0.01f),
        Device = Device.Cpu,
    };

    internal static NeuralNetworkTrainer Binary(MLContext ml, int epochs = 15) =>
        ml.BinaryClassification.Trainers.NeuralNetwork(Network, Options("Flag", epochs));

    internal static NeuralNetworkTrainer Regression(MLContext ml, int epochs = 15) =>
        ml.Regression.Trainers.NeuralNetwork(Network, Options("Number", epochs));

    /// <summary>From text to key, network, and back to text.</summary>
    internal static IEstimator<ITransformer> Multiclass(MLContext ml, int epochs = 15) =>
        ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(Network, Options("Label", epochs)))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    internal static IEstimator<ITransformer> ForTask(MLContext ml, string task, int epochs = 15) => task switch
    {
        "binary" => Binary(ml, epochs),
        "multiclass" => Multiclass(ml, epochs),
        "regression" => Regression(ml, epochs),
        _ => throw new ArgumentOutOfRangeException(nameof(task)),
    };

    internal static float[][] Scores(MLContext ml, ITransformer model, IDataView data)
    {
        IDataView scored = model.Transform(data);
        return scored.Schema["Score"].Type is VectorDataViewType
            ? [.. scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray())]
            : [.. scored.GetColumn<float>("Score").Select(score => new[] { score })];
    }
}
