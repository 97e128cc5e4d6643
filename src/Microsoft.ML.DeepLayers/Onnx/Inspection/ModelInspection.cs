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
    internal static int Inspect(byte[] onnx, NetworkDescription description, ModelFileLimits limits) => Inspect(
        onnx, description.Outputs.Sum(output => (long)ScoreColumns.Create(output).ScoreSize) + description.Inputs.Sum(column => RowCost.SizeOf(column.Shape)), limits);

    /// <summary>Inspects a network whose rows have so many values in inputs and outputs.</summary>
    internal static int Inspect(byte[] onnx, long values, ModelFileLimits limits)
    {
        GraphOutline graph = GraphOutlineReader.Read(onnx, limits);
        if (graph.OpsetVersion != OnnxGraphBuilder.OpsetVersion)
        {
            throw new RefusedModelException($"it has version {graph.OpsetVersion} of ONNX's operators instead of {OnnxGraphBuilder.OpsetVersion}");
        }

        long row = graph.Inputs.Sum(input => TensorSize.Product([.. input.Dimensions.Select(dimension => dimension > 0 ? dimension : 1)]) * sizeof(float));
        long allowed = Math.Max(limits.ScoringBytes, TensorSize.Multiply(BytesPerByte, onnx.Length + row));
        int stated = BatchSizes.Best(values, RowCost.Of(graph.Metadata));
        int rows = stated;
        while (rows > 1 && !Fits(graph, rows, limits, allowed))
        {
            rows = Math.Max(1, rows / 4);
        }

        long peak = GraphSizes.Measure(graph, rows, RowCost.LikelySteps, limits, allowed);
        if (graph.Inputs.Exists(input => input.Dimensions.Skip(1).Any(dimension => dimension < 0)))
        {
            long longer = GraphSizes.Measure(graph, rows, 2 * RowCost.LikelySteps, limits, long.MaxValue >> 8);
            if (longer > (GrowthOfSteps * peak) + Unsuspicious)
            {
                throw new RefusedModelException($"the memory that it takes grows faster than with the square of a sequence's length: {peak >> 20} MiB for {RowCost.LikelySteps} steps, {longer >> 20} for twice as many");
            }
        }

        return rows == stated ? int.MaxValue : rows;
    }

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
