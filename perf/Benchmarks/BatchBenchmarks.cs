using BenchmarkDotNet.Attributes;
using Microsoft.ML.DeepLayers.Data;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>Filling the batches of a training from rows in memory, in order and shuffled.</summary>
[MemoryDiagnoser]
public class BatchBenchmarks
{
    private const int BatchSize = 128;
    private const int Rows = 32 * BatchSize;

    private CachedExamples? examples;
    private Batch? batch;

    /// <summary>Whether the rows come in a random order.</summary>
    [Params(false, true)]
    public bool Shuffled { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        Mlp network = Mlp.Wide;
        int width = (int)network.Input.Size;
        var layout = new ExampleLayout([new InputColumn("Features", network.Input)], new LabelColumn("Label", LabelEncoding.Number, false), null);
        var store = new FixedRowStore(layout.Width);
        (float[] values, float[] classes) = network.Generate(Rows);
        for (int i = 0; i < Rows; i++)
        {
            store.Add([.. values.AsSpan(i * width, width), classes[i]]);
        }

        examples = new CachedExamples(layout, store, [.. Enumerable.Range(0, Rows)]);
        batch = new BatchPipeline(layout, BatchSize).Batches[0];
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public void RowOfBatch()
    {
        var epoch = examples!.BeginEpoch(Shuffled ? new Random(1) : null);
        for (int row = 0; row < Rows; row += BatchSize)
        {
            epoch.Fill(batch!);
        }
    }
}
