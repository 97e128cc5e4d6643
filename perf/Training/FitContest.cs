namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>
/// A whole training by <c>Fit</c>, from an <see cref="IDataView"/> to a model that can score, beside the hand-written loop that
/// trains on as many examples and validates on as many.
/// </summary>
internal static class FitContest
{
    internal static Contest Create(BenchmarkNetwork network)
    {
        var ml = new MLContext(seed: 1);
        IDataView view = network.View(ml);
        var loop = new HandWrittenLoop(network, network.Examples);
        return new Contest(() => Fit(ml, network, view), loop.Train, Steps(network), loop);
    }

    /// <summary>Beside the same loop written in Python, in a process of its own.</summary>
    internal static Contest BesidePyTorch(BenchmarkNetwork network)
    {
        var ml = new MLContext(seed: 1);
        IDataView view = network.View(ml);
        var loop = new PyTorchLoop(network);
        return new Contest(() => Contest.Seconds(() => Fit(ml, network, view)), loop.Train, Steps(network), loop);
    }

    private static int Steps(BenchmarkNetwork network) =>
        network.Epochs * (((int)(network.Examples * (1 - BenchmarkNetwork.ValidationFraction)) + network.BatchSize - 1) / network.BatchSize);

    private static void Fit(MLContext ml, BenchmarkNetwork network, IDataView view)
    {
        using NeuralNetworkTransformer model = ml.MulticlassClassification.Trainers.NeuralNetwork(network.Body(), new NeuralNetworkOptions
        {
            Epochs = network.Epochs,
            BatchSize = network.BatchSize,
            Device = MeasuredDevice.Chosen,
            ValidationFraction = BenchmarkNetwork.ValidationFraction,
            Progress = new Progress<TrainingProgress>(),
        }).Fit(view);
        if (!double.IsFinite(model.History.Epochs[^1].Metrics["val_loss"]))
        {
            throw new InvalidOperationException("The training diverged.");
        }
    }
}
