using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Performance;

/// <summary>ONNX Runtime without anything around it, and memory that it reads and writes in place.</summary>
internal sealed class DirectSession : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly float[] inputs;
    private readonly float[] scores;
    private readonly OrtValue[] inputTensors;
    private readonly OrtValue[] scoreTensors;
    private readonly int width;
    private readonly int classes;

    /// <param name="onnxFile">The network.</param>
    /// <param name="network">What it is.</param>
    /// <param name="batchSize">How many rows it scores at once.</param>
    /// <param name="threads">How many threads a run uses; 0 leaves that to ONNX Runtime.</param>
    internal DirectSession(string onnxFile, BenchmarkNetwork network, int batchSize, int threads = 0)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        session = new InferenceSession(onnxFile, options);
        width = (int)network.Input.Size;
        classes = network.Classes;
        BatchSize = batchSize;
        inputs = GC.AllocateArray<float>(batchSize * width, pinned: true);
        network.Generate(batchSize).Values.CopyTo(inputs.AsSpan());
        scores = GC.AllocateArray<float>(batchSize * classes, pinned: true);
        inputTensors = [Tensor(inputs, [batchSize, .. network.Input.Select(dimension => (long)dimension)])];
        scoreTensors = [Tensor(scores, [batchSize, classes])];
    }

    internal int BatchSize { get; }

    /// <summary>A session with the batch size and the number of threads that are fastest here.</summary>
    internal static DirectSession Fastest(ScoredNetwork network)
    {
        (int BatchSize, int Threads) best = default;
        double least = double.PositiveInfinity;
        foreach (int batchSize in (int[])[8, 16, 32, 64, 128, 256, 512, 1024, 2048])
        {
            // By itself, ONNX Runtime uses one of a virtual machine's two processors.
            foreach (int threads in (int[])[1, Environment.ProcessorCount])
            {
                using var session = new DirectSession(network.OnnxFile, network.Network, batchSize, threads);
                double seconds = session.LeastSeconds();
                if (seconds < least)
                {
                    (best, least) = ((batchSize, threads), seconds);
                }
            }
        }

        return new DirectSession(network.OnnxFile, network.Network, best.BatchSize, best.Threads);
    }

    private double LeastSeconds()
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i < 4; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Score(4096);
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return least;
    }

    /// <summary>Runs as many batches as that number of rows needs.</summary>
    internal void Score(int rows)
    {
        for (int done = 0; done < rows; done += BatchSize)
        {
            session.Run(runOptions, ["Features"], inputTensors, ["Score"], scoreTensors);
        }
    }

    /// <summary>Scores a column of a view and adds up the first class's scores: batches are filled from it, run, and read out.</summary>
    internal float Score(IDataView view, string name)
    {
        DataViewSchema.Column column = view.Schema[name];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        float sum = 0;
        int count = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            value.CopyTo(inputs.AsSpan(count * width, width));
            if (++count == BatchSize)
            {
                sum += RunFirst(count);
                count = 0;
            }
        }

        return sum + RunFirst(count);
    }

    /// <summary>Runs a whole batch, of which the first rows count.</summary>
    private float RunFirst(int rows)
    {
        session.Run(runOptions, ["Features"], inputTensors, ["Score"], scoreTensors);
        float sum = 0;
        for (int row = 0; row < rows; row++)
        {
            sum += scores[row * classes];
        }

        return sum;
    }

    /// <summary>Scores a row that begins a batch; the others stay as they are.</summary>
    internal float Score(float[] row)
    {
        row.CopyTo(inputs, 0);
        session.Run(runOptions, ["Features"], inputTensors, ["Score"], scoreTensors);
        return scores[0];
    }

    public void Dispose()
    {
        foreach (OrtValue tensor in (OrtValue[])[.. inputTensors, .. scoreTensors])
        {
            tensor.Dispose();
        }

        runOptions.Dispose();
        session.Dispose();
    }

    private static OrtValue Tensor(float[] memory, long[] shape) =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, MemoryMarshal.CreateFromPinnedArray(memory, 0, memory.Length), shape);
}
