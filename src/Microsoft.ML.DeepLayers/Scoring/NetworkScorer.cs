using System.Runtime.CompilerServices;
using Microsoft.ML.DeepLayers.Modules;
using Microsoft.ML.DeepLayers.Onnx;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>
/// Runs a trained network. Threads may share it. What it holds of native memory is made when it is first needed, freed by
/// <see cref="Dispose"/>, and made again if somebody goes on.
/// </summary>
internal abstract class NetworkScorer : IDisposable
{
    private long runs;

    /// <summary>How often the network has run, for tests.</summary>
    internal long Runs => Interlocked.Read(ref runs);

    /// <summary>The scorer for a network: ONNX Runtime wherever it can be.</summary>
    internal static NetworkScorer Create(TrainedNetwork network) => network.NeedsLibTorch ? CreateTorchScorer(network) : new OnnxScorer(network);

    /// <summary>What a row costs; <see langword="null"/> where that is not known.</summary>
    internal abstract RowCost? Cost { get; }

    /// <summary>How many batches it is worth while to score at a time; 1 where one has all cores to itself. Tests set it.</summary>
    internal int Parallelism { get; set; } = 1;

    /// <summary>Makes room for a number of rows and their scores.</summary>
    /// <param name="capacity">The number of rows.</param>
    /// <param name="neededOutputs">Which of the network's outputs are of interest.</param>
    /// <param name="isOneOfSeveral">Whether other batches will be scored at the same time.</param>
    internal abstract ScoringBuffer CreateBuffer(int capacity, bool[] neededOutputs, bool isOneOfSeveral = false);

    /// <summary>Scores the first rows of a buffer.</summary>
    internal abstract void Run(ScoringBuffer buffer, int rows);

    /// <summary>Frees native memory, once running scorings are done. It may be called often, and scoring may go on.</summary>
    public abstract void Dispose();

    private protected void CountRun() => Interlocked.Increment(ref runs);

    // The only way from here to TorchSharp, which processes that score by ONNX Runtime need not have.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchScorer CreateTorchScorer(TrainedNetwork network) => new(network);
}
