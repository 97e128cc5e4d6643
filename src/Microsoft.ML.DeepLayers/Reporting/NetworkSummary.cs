using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>A network as the table that Keras prints.</summary>
internal static class NetworkSummary
{
    internal static string Write(NetworkGraph graph, IReadOnlyList<Shape> inputShapes)
    {
        GraphShapes shapes = graph.InferShapes(inputShapes);
        var rows = new List<(string Layer, string Output, string Parameters)> { ("Layer (type)", "Output shape", "Param #") };
        long trainable = 0, fixedCount = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            IReadOnlyList<WeightSpec> weights = node.Layer.GetWeights(shapes.Inputs[i]);
            trainable += weights.Where(weight => weight.Trainable).Sum(weight => weight.Shape.Size);
            fixedCount += weights.Where(weight => !weight.Trainable).Sum(weight => weight.Shape.Size);
            rows.Add((
                $"{node.Name} ({node.Layer.GetType().Name})",
                string.Join(", ", shapes.Outputs[i].Select(WithBatch)),
                Number(weights.Sum(weight => weight.Shape.Size))));
        }

        return Table(rows)
            + $"Total params: {Number(trainable + fixedCount)} ({Bytes(trainable + fixedCount)})\n"
            + $"Trainable params: {Number(trainable)} ({Bytes(trainable)})\n"
            + $"Non-trainable params: {Number(fixedCount)} ({Bytes(fixedCount)})\n";
    }

    private static string Table(List<(string Layer, string Output, string Parameters)> rows)
    {
        int layer = rows.Max(row => row.Layer.Length);
        int output = rows.Max(row => row.Output.Length);
        int parameters = rows.Max(row => row.Parameters.Length);
        var text = new StringBuilder();
        for (int i = 0; i < rows.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {rows[i].Layer.PadRight(layer)}  {rows[i].Output.PadRight(output)}  {rows[i].Parameters.PadLeft(parameters)}\n");
            if (i == 0)
            {
                text.Append('─', layer + output + parameters + 6).Append('\n');
            }
        }

        return text.Append('─', layer + output + parameters + 6).Append('\n').ToString();
    }

    private static string WithBatch(Shape shape) =>
        shape.Rank == 0 ? "(batch)" : $"(batch, {string.Join(", ", shape)})";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bytes(long parameters)
    {
        double bytes = parameters * sizeof(float);
        return bytes switch
        {
            < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
            < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024:0.0} KB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024 / 1024:0.0} MB"),
        };
    }
}
