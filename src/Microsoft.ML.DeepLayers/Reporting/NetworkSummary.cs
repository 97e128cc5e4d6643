using System.Globalization;
using System.Text;
using Microsoft.ML.DeepLayers.Layers;

namespace Microsoft.ML.DeepLayers.Reporting;

/// <summary>A network as the table that Keras prints; with a column of what each layer reads where it is no simple chain.</summary>
internal static class NetworkSummary
{
    internal static string Write(NetworkGraph graph, IReadOnlyList<Shape> inputShapes)
    {
        GraphShapes shapes = graph.InferShapes(inputShapes);
        bool isChain = Enumerable.Range(0, graph.Nodes.Count).All(i => graph.Nodes[i].Inputs.SequenceEqual(i == 0 ? [] : [new NodeOutput(i - 1)]));
        string[] header = ["Layer (type)", "Output shape", "Param #"];
        List<string[]> rows = [isChain ? header : [.. header, "Connected to"]];
        long trainable = 0, fixedCount = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            // A layer that is applied again has no weights of its own.
            IReadOnlyList<WeightSpec> weights = node.SharedWith is null ? node.Layer.GetWeights(shapes.Inputs[i]) : [];
            trainable += weights.Where(weight => weight.Trainable).Sum(weight => weight.Shape.Size);
            fixedCount += weights.Where(weight => !weight.Trainable).Sum(weight => weight.Shape.Size);
            string[] row =
            [
                $"{node.Name} ({node.Layer.GetType().Name})",
                string.Join(", ", shapes.Outputs[i].Select(WithBatch)),
                node.SharedWith is { } owner ? $"as {graph.Nodes[owner].Name}" : Number(weights.Sum(weight => weight.Shape.Size)),
            ];
            rows.Add(isChain ? row : [.. row, string.Join(", ", node.Inputs.Select(input => Read(graph, input)))]);
        }

        return Table(rows)
            + $"Total params: {Number(trainable + fixedCount)} ({Bytes(trainable + fixedCount)})\n"
            + $"Trainable params: {Number(trainable)} ({Bytes(trainable)})\n"
            + $"Non-trainable params: {Number(fixedCount)} ({Bytes(fixedCount)})\n";
    }

    private static string Read(NetworkGraph graph, NodeOutput input) =>
        input.Output == 0 ? graph.Nodes[input.Node].Name : $"{graph.Nodes[input.Node].Name}[{input.Output}]";

    private static string Table(List<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        string line = new('─', widths.Sum() + (2 * widths.Length));
        var text = new StringBuilder();
        for (int i = 0; i < rows.Count; i++)
        {
            // Numbers to the right; nothing behind the last column.
            IEnumerable<string> cells = rows[i].Select((cell, column) =>
                column == 2 ? cell.PadLeft(widths[column]) : column == widths.Length - 1 ? cell : cell.PadRight(widths[column]));
            text.Append(' ').Append(string.Join("  ", cells).TrimEnd()).Append('\n');
            if (i == 0)
            {
                text.Append(line).Append('\n');
            }
        }

        return text.Append(line).Append('\n').ToString();
    }

    private static string WithBatch(Shape shape) =>
        $"(batch{string.Concat(shape.Select(dimension => dimension == Shape.Variable ? ", None" : $", {dimension}"))})";

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
