using Microsoft.ML.DeepLayers;

namespace RealData.Sets;

/// <summary>Whether the outline of a finger bone was drawn correctly.</summary>
internal static class PhalangesOutlines
{
    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("PhalangesOutlinesCorrect");
        double accuracy = UcrTrial.Accuracy(trial, UcrTrial.Read("PhalangesOutlinesCorrect"), UcrTrial.Fcn(), new NeuralNetworkOptions
        {
            Epochs = 20,
            BatchSize = 16,
            ValidationFraction = 0.15f,
            Callbacks = { new EarlyStopping("val_accuracy", patience: 8) },
        });
        yield return trial.Result(
            "FCN: Conv1D 128/8-256/5-128/3, batch norm.", $"accuracy {accuracy:0.0%}", "FCN 82.0 %, ResNet 83.9 %, MLP 73.5 %, 1-NN 76.1 %",
            "its 1800/858; batch 16, Adam, momentum .9, at most 20 epochs, early stopping on 15 % (theirs 2000 epochs, mean of 10 runs)");
    }
}
