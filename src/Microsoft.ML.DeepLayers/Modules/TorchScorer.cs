using System.Runtime.InteropServices;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx;
using Microsoft.ML.DeepLayers.Runtime;
using Microsoft.ML.DeepLayers.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Modules;

/// <summary>
/// Runs a trained network by libtorch, on the CPU: for networks with layers that have no ONNX form. Threads may share it;
/// their batches run one after the other, each on all cores. The network is built from its definition when it is first
/// needed, which is when its modules must be registered.
/// </summary>
internal sealed class TorchScorer : NetworkScorer
{
    private readonly TrainedNetwork network;
    private readonly TensorShapes shapes;
    private readonly object gate = new();
    private RebuiltNetwork? built;

    internal TorchScorer(TrainedNetwork network)
    {
        this.network = network;
        shapes = new TensorShapes(
            [.. network.Inputs.Select(input => input.Shape.WithBatch(1))], [.. network.Outputs.Select(output => new long[] { 1, UnitsOf(output) })]);
    }

    /// <summary>Nobody knows what a module does.</summary>
    internal override RowCost? Cost => null;

    internal override ScoringBuffer CreateBuffer(int capacity, bool[] neededOutputs, bool isOneOfSeveral = false) =>
        new(shapes, capacity, neededOutputs, [.. network.Outputs.Select(output => output.ScoreName)]);

    /// <exception cref="InvalidOperationException">A module is not registered or does not fit its weights, or libtorch failed.</exception>
    /// <exception cref="LibTorchNotFoundException">The application references no libtorch package.</exception>
    internal override void Run(ScoringBuffer buffer, int rows)
    {
        lock (gate)
        {
            // A thread that waits for the lock has no native work yet.
            using NativeWork.Scope work = NativeWork.Begin();
            LibTorch.EnsureLoaded();
            Score(buffer, rows);
        }

        CountRun();
    }

    public override void Dispose()
    {
        lock (gate)
        {
            using NativeWork.Scope work = NativeWork.Begin();
            built?.Dispose();
            built = null;
        }
    }

    /// <summary>A method of its own, so that nothing of TorchSharp is used before libtorch is known to be there.</summary>
    private void Score(ScoringBuffer buffer, int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        built ??= RebuiltNetwork.Build(network);
        try
        {
            Tensor[] inputs = [.. Enumerable.Range(0, network.Inputs.Count).Select(input => InputOf(buffer, input, rows))];
            IReadOnlyList<Tensor> outputs = built.Torch.Forward(inputs, new ForwardContext(Training: false, null));
            foreach (int output in buffer.Outputs)
            {
                Tensor scores = network.Outputs[output].Task == PredictionTask.BinaryClassification
                    ? outputs[output]
                    : network.Outputs[output].Activation.Apply(outputs[output]);
                scores.contiguous().data<float>().CopyTo(buffer.ScoreRoom(output, rows));
            }
        }
        catch (ExternalException exception)
        {
            // libtorch's own message is a page of native stack behind its first line.
            throw new InvalidOperationException(
                $"libtorch could not score the network on {rows} rows of {string.Join(", ", network.Inputs.Select(input => $"'{input.Name}' {input.Shape}"))}: {exception.Message.Split('\n')[0]} Check that its modules take batches of any size, and that memory suffices.",
                exception);
        }
    }

    private static Tensor InputOf(ScoringBuffer buffer, int input, int rows)
    {
        (float[] values, long[] dimensions) = buffer.Values(input, rows);
        // A copy, because libtorch aligns its own memory: products of matrices that lie elsewhere may differ in the last bit.
        return frombuffer(values, ScalarType.Float32, dimensions.Aggregate(1L, (product, dimension) => product * dimension)).reshape(dimensions).clone();
    }

    private static int UnitsOf(TrainedOutput output) => ScoreColumns.Create(output).ScoreSize;
}
