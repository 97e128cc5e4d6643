using Microsoft.ML.DeepLayers;

namespace RealData.Sets;

/// <summary>Drawing a gun or pointing a finger, from the hand's path.</summary>
internal static class GunPoint
{
    internal static IEnumerable<Result> Run(string folder)
    {
        var trial = new Trial("GunPoint");
        // As in the published runs, the epoch with the lowest training loss is kept: 50 series leave none for validation.
        double accuracy = UcrTrial.Accuracy(trial, UcrTrial.Read("GunPoint"), UcrTrial.Fcn(), new NeuralNetworkOptions
        {
            Epochs = 100,
            BatchSize = 16,
            Callbacks = { new EarlyStopping("loss", patience: 50) },
        });
        yield return trial.Result(
            "FCN: Conv1D 128/8-256/5-128/3, batch norm.", $"accuracy {accuracy:0.0%}", "FCN 100 %, MLP 92.7 %, 1-NN 91.3 %",
            "its 50/150; batch 16, Adam, momentum .9, lowest training loss (theirs 2000 epochs, mean of 10 runs)");
    }
}
