using BenchmarkDotNet.Attributes;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>A whole training by <c>Fit</c>, and the loop written by hand.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks : IDisposable
{
    private Contest? contest;

    /// <summary>The network.</summary>
    [Params("small MLP", "CNN", "LSTM")]
    public string Network { get; set; } = "";

    [GlobalSetup]
    public void Prepare() => contest = FitContest.Create(Network switch
    {
        "small MLP" => Mlp.Small,
        "CNN" => new Cnn(),
        _ => new Recurrent(),
    });

    [Benchmark]
    public double Fit() => contest!.Ours();

    [Benchmark(Baseline = true)]
    public double LoopByHand() => contest!.Peer();

    [GlobalCleanup]
    public void Dispose()
    {
        contest?.Dispose();
        GC.SuppressFinalize(this);
    }
}
