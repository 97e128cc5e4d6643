using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.DeepLayers;
using Microsoft.ML.Runtime;

namespace RealData;

/// <summary>One training run: the context, what is shown of it, and its time.</summary>
internal sealed class Trial
{
    private readonly string set;
    private string training = "";

    internal Trial(string set)
    {
        this.set = set;
        Console.WriteLine($"\n=== {set} ===\n");
        ML = new MLContext(seed: 1);
        ML.Log += (_, message) =>
        {
            if (message.Kind >= ChannelMessageKind.Info && message.Source.Contains("NeuralNetwork", StringComparison.Ordinal))
            {
                Console.WriteLine($"  {message.RawMessage}");
            }
        };
    }

    internal MLContext ML { get; }

    /// <summary>Fits a pipeline that holds one network, and shows the network.</summary>
    internal ITransformer Fit(IEstimator<ITransformer> pipeline, IDataView data) => Measure(() => pipeline.Fit(data));

    /// <summary>Takes the time of a fit that needs more than a pipeline and its data.</summary>
    internal ITransformer Measure(Func<ITransformer> fit)
    {
        var watch = Stopwatch.StartNew();
        ITransformer model = fit();
        watch.Stop();
        NeuralNetworkTransformer network = model as NeuralNetworkTransformer
            ?? ((IEnumerable<ITransformer>)model).OfType<NeuralNetworkTransformer>().Single();
        int[] shape = network.FeatureColumnType is VectorDataViewType vector ? [.. vector.Dimensions] : [1];
        Console.WriteLine($"\n{network.Network.Summary(shape)}");
        int epochs = network.History.Epochs.Count;
        training = network.History.BestEpoch is { } best && best != epochs
            ? $"{watch.Elapsed.TotalSeconds:0} s, {epochs} epochs (weights of {best})"
            : $"{watch.Elapsed.TotalSeconds:0} s, {epochs} epochs";
        return model;
    }

    /// <summary>Takes the time of a cross-validation, whose many epochs are not shown.</summary>
    internal T CrossValidate<T>(int folds, Func<T> validate)
    {
        var watch = Stopwatch.StartNew();
        T results = validate();
        training = $"{watch.Elapsed.TotalSeconds:0} s for {folds} folds";
        return results;
    }

    internal Result Result(string network, FormattableString ours, string published, string protocol)
    {
        string figure = FormattableString.Invariant(ours);
        Console.WriteLine($"\n{set}: {figure} (published: {published})");
        return new Result(set, network, figure, published, protocol, training);
    }
}
