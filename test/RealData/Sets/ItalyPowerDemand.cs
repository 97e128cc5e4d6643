using Microsoft.ML.DeepLayers;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.RealData;

namespace RealData.Sets;

/// <summary>Winter and summer, from the demand for electric power over a day; by convolution and by LSTM.</summary>
internal static class ItalyPowerDemand
{
    internal static IEnumerable<Result> Run(string folder)
    {
        UcrProblem problem = UcrTrial.Read("ItalyPowerDemand");
        var convolution = new Trial("ItalyPowerDemand, CNN");
        double accuracy = UcrTrial.Accuracy(convolution, problem, UcrTrial.Fcn(), new NeuralNetworkOptions
        {
            Epochs = 200,
            BatchSize = 16,
            Callbacks = { new EarlyStopping("loss", patience: 50) },
        });
        yield return convolution.Result(
            "FCN: Conv1D 128/8-256/5-128/3, batch norm.", $"accuracy {accuracy:0.0%}", "FCN 96.1 %, MLP 95.4 %, 1-NN 95.5 %",
            "its 67/1029; batch 16, Adam, momentum .9, lowest training loss (theirs 2000 epochs, mean of 10 runs)");

        var recurrent = new Trial("ItalyPowerDemand, LSTM");
        accuracy = UcrTrial.Accuracy(recurrent, problem, [new LSTM(64), new Dropout(0.2f)], new NeuralNetworkOptions { Epochs = 150, BatchSize = 16 });
        yield return recurrent.Result(
            "LSTM 64, dropout .2", $"accuracy {accuracy:0.0%}", "FCN 96.1 %, MLP 95.4 %, 1-NN 95.5 % (no LSTM)", "its 67/1029; batch 16, Adam");
    }
}
