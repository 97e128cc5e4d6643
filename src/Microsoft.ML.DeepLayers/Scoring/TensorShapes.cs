using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.DeepLayers.Scoring;

/// <summary>The shapes of a graph's tensors for one row, with a batch dimension of 1 in front.</summary>
/// <param name="Inputs">Those of the inputs, which may differ from the columns': 784 values may be an image [1, 28, 28, 1].</param>
/// <param name="Scores">Those of the outputs' scores.</param>
internal sealed record TensorShapes(IReadOnlyList<long[]> Inputs, IReadOnlyList<long[]> Scores)
{
    /// <summary>The number of values of one row; of a sequence, of one step.</summary>
    internal static int Size(long[] shape) => checked((int)shape.Aggregate(1L, (product, dimension) => product * Math.Abs(dimension)));

    /// <summary>Whether rows have different numbers of steps.</summary>
    internal static bool IsSequence(long[] shape) => shape.Length > 1 && shape[1] == Shape.Variable;

    /// <summary>A shape for several rows.</summary>
    internal static long[] ForRows(long[] shape, int rows) => [rows, .. shape[1..]];

    /// <exception cref="InvalidOperationException">The graph does not fit the columns or the task.</exception>
    internal static TensorShapes Read(InferenceSession session, TrainedNetwork network)
    {
        var inputs = new long[network.Inputs.Count][];
        for (int i = 0; i < inputs.Length; i++)
        {
            InputColumn column = network.Inputs[i];
            inputs[i] = Resolve(session.InputMetadata, network.GraphInputNames[i], [.. column.Shape], column.IsSequence ? column.StepSize : column.Size);
        }

        return new TensorShapes(inputs, [.. network.Outputs.Select(output =>
        {
            int size = ScoreColumns.Create(output).ScoreSize;
            return Resolve(session.OutputMetadata, output.ScoreName, [size], size);
        })]);
    }

    /// <summary>The graph's own shape; what it leaves open is taken from ours.</summary>
    private static long[] Resolve(IReadOnlyDictionary<string, NodeMetadata> tensors, string name, int[] ours, int size)
    {
        if (!tensors.TryGetValue(name, out NodeMetadata? tensor) || tensor.ElementType != typeof(float))
        {
            throw new InvalidOperationException(
                $"The network has no tensor '{name}' of floats; it has: {string.Join(", ", tensors.Keys)}. The model is damaged or was put together by hand.");
        }

        int[] graph = tensor.Dimensions;
        // All but the batch must be known, or nothing is gained.
        bool known = ours.Length > 0 && ours[0] != Shape.Variable && graph.Length > 0 && graph.AsSpan(1).IndexOfAnyExceptInRange(1, int.MaxValue) < 0;
        long[] shape = [1, .. (known ? graph[1..] : ours).Select(dimension => (long)dimension)];
        return Size(shape) == size
            ? shape
            : throw new InvalidOperationException(
                $"The network's tensor '{name}' has {Size(shape)} values a row where {size} are needed. The model is damaged or was put together by hand.");
    }
}
