using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>All rows of a cached view, and single predictions.</summary>
[MemoryDiagnoser]
public class ScoringBenchmarks : IDisposable
{
    private const int Rows = 4096;

    private ScoredNetwork? network;
    private IDataView? scored;
    private PredictionLoop? prediction;

    /// <summary>The network.</summary>
    [Params("small MLP", "CNN")]
    public string Network { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        network = new ScoredNetwork(Network == Mlp.Small.Name ? Mlp.Small : new Cnn());
        scored = network.Model.Transform(network.CachedRows(Rows));
        prediction = new PredictionLoop(network, network.Model);
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public float RowOfView() => ScoredNetwork.Read<int>(scored!, "Score");

    [Benchmark]
    public void Prediction() => prediction!.Predict(1);

    [GlobalCleanup]
    public void Dispose()
    {
        prediction?.Dispose();
        network?.Dispose();
        GC.SuppressFinalize(this);
    }
}
