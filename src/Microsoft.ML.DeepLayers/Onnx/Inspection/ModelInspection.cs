using Microsoft.ML.DeepLayers.Data;
using Microsoft.ML.DeepLayers.Persistence;
using Microsoft.ML.DeepLayers.Scoring;

namespace Microsoft.ML.DeepLayers.Onnx.Inspection;

/// <summary>
/// Decides about the ONNX model of a model zip, before ONNX Runtime sees it: on exactly the bytes that it gets.
/// </summary>
internal static class ModelInspection
{
    /// <summary>The bytes that a network may take for each byte of its weights and of a row.</summary>
    private const int BytesPerByte = 64;

    /// <summary>Twice as long sequences may take four times the memory, as attention does, and a little more.</summary>
    private const double GrowthOfSteps = 4.5;

    private const long Unsuspicious = 16L << 20;

    /// <summary>Inspects the network of a model zip.</summary>
    /// <param name="onnx">Its bytes.</param>
    /// <param name="description">What the zip says of its inputs and outputs.</param>
    /// <param name="limits">The bounds.</param>
    /// <returns>The most rows that may be scored at once, where the cost that the model states would allow more.</returns>
    /// <exception cref="RefusedModelException">It is not accepted; the message says why.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal static int Inspect(byte[] onnx, NetworkDescription description, ModelFileLimits limits)
    {
        int[] sizes = new int[description.Outputs.Count];
        long values = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = ScoreColumns.Create(description.Outputs[i]).ScoreSize;
            values += sizes[i];
        }

        foreach (InputColumn column in description.Inputs)
        {
            values += RowCost.SizeOf(column.Shape);
        }

        (int rows, int most, GraphSizes found) = InspectGraph(onnx, values, limits);
        for (int i = 0; i < sizes.Length; i++)
        {
            // What there are scores for decides what is allocated for a row.
            string name = description.Outputs[i].ScoreName;
            if (found[name] is { } value ? value.Count < (long)sizes[i] * rows : sizes[i] > limits.ScoringBytes / sizeof(float))
            {
                throw new InvalidDataException($"its output '{name}' is {found[name]?.ToString() ?? "not known"} for {rows} rows, but {sizes[i]} scores of each are announced");
            }
        }

        return most;
    }

    /// <summary>Inspects a network whose rows have so many values in inputs and outputs.</summary>
    internal static int Inspect(byte[] onnx, long values, ModelFileLimits limits) => InspectGraph(onnx, values, limits).Most;

    private static (int Rows, int Most, GraphSizes Sizes) InspectGraph(byte[] onnx, long values, ModelFileLimits limits)
    {
        GraphOutline graph = GraphOutlineReader.Read(onnx, limits);
        if (graph.OpsetVersion != OnnxGraphBuilder.OpsetVersion)
        {
            throw new RefusedModelException($"it has version {graph.OpsetVersion} of ONNX's operators instead of {OnnxGraphBuilder.OpsetVersion}");
        }

        long row = 0;
        bool isSequence = false;
        foreach (ValueOutline input in graph.Inputs)
        {
            long size = 1;
            for (int axis = 0; axis < input.Dimensions.Length; axis++)
            {
                size = TensorSize.Multiply(size, Math.Max(1, input.Dimensions[axis]));
                isSequence |= axis > 0 && input.Dimensions[axis] < 0;
            }

            row += size;
        }

        long allowed = AllowedBytes(onnx.Length, row, limits);
        int stated = BatchSizes.Best(values, RowCost.Of(graph.Metadata));
        int rows = stated;
        while (rows > 1 && !Fits(graph, rows, limits, allowed))
        {
            rows = Math.Max(1, rows / 4);
        }

        GraphSizes sizes = GraphSizes.Measure(graph, rows, RowCost.LikelySteps, limits, allowed);
        long peak = sizes.Peak;
        if (isSequence)
        {
            long longer = GraphSizes.Measure(graph, rows, 2 * RowCost.LikelySteps, limits, long.MaxValue >> 8).Peak;
            if (longer > (GrowthOfSteps * peak) + Unsuspicious)
            {
                throw new RefusedModelException($"the memory that it takes grows faster than with the square of a sequence's length: {peak >> 20} MiB for {RowCost.LikelySteps} steps, {longer >> 20} for twice as many");
            }
        }

        return (rows, rows == stated ? int.MaxValue : rows, sizes);
    }

    /// <summary>The bytes that scoring a row may take.</summary>
    /// <param name="modelBytes">The size of the network's file.</param>
    /// <param name="rowValues">The number of values of a row.</param>
    /// <param name="limits">The bounds.</param>
    internal static long AllowedBytes(long modelBytes, long rowValues, ModelFileLimits limits) =>
        Math.Max(limits.ScoringBytes, TensorSize.Multiply(BytesPerByte, modelBytes + (sizeof(float) * rowValues)));

    private static bool Fits(GraphOutline graph, int rows, ModelFileLimits limits, long allowed)
    {
        try
        {
            GraphSizes.Measure(graph, rows, RowCost.LikelySteps, limits, allowed);
            return true;
        }
        catch (RefusedModelException)
        {
            return false;
        }
    }
}
