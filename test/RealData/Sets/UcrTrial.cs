using Microsoft.ML;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.RealData;

namespace RealData.Sets;

/// <summary>What the series of the UCR/UEA archive have in common.</summary>
internal static class UcrTrial
{
    // With Keras's 0.99 the moving averages trail a hundred steps behind the weights. Sets of a handful of steps an epoch
    // are then scored at chance for many epochs, in hand-written TorchSharp as well as here.
    private const float Momentum = 0.9f;

    /// <summary>The fully convolutional network of Wang, Yan and Oates (2017).</summary>
    internal static Sequential Fcn() =>
    [
        new Conv1D(128, kernelSize: 8, padding: Padding.Same),
        new BatchNormalization(Momentum),
        new ActivationLayer(Activation.ReLU),
        new Conv1D(256, kernelSize: 5, padding: Padding.Same),
        new BatchNormalization(Momentum),
        new ActivationLayer(Activation.ReLU),
        new Conv1D(128, kernelSize: 3, padding: Padding.Same),
        new BatchNormalization(Momentum),
        new ActivationLayer(Activation.ReLU),
        new GlobalAveragePooling1D(),
    ];

    /// <summary>Accuracy on the archive's test set.</summary>
    internal static double Accuracy(Trial trial, UcrProblem problem, Sequential network, NeuralNetworkOptions options)
    {
        MLContext ml = trial.ML;
        options.FeatureColumnName = nameof(LabelledSeries.Values);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", nameof(LabelledSeries.Class))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(network, options));
        ITransformer model = trial.Fit(pipeline, problem.View(ml, problem.Training));
        return ml.MulticlassClassification.Evaluate(model.Transform(problem.View(ml, problem.Test))).MicroAccuracy;
    }

    internal static UcrProblem Read(string name) =>
        UcrProblem.Find(name) ?? throw new DirectoryNotFoundException($"The UCR folder has no {name}.");
}
