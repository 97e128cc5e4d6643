using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;

namespace RealData.Sets;

/// <summary>Standing, walking, running and badminton, from accelerometer and gyroscope.</summary>
internal static class BasicMotions
{
    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("BasicMotions");
        double accuracy = UcrTrial.Accuracy(
            trial, UcrTrial.Read("BasicMotions"), [new Bidirectional(new LSTM(32)), new Dropout(0.2f)], new NeuralNetworkOptions { Epochs = 100, BatchSize = 8 });
        yield return trial.Result("Bidirectional LSTM 32, dropout .2", $"accuracy {accuracy:0.0%}", "DTW 97.5 %, 1-NN 67.6 % [M]", "its 40/40; batch 8, Adam");
    }
}
