using System.Globalization;
using Microsoft.ML.DeepLayers.Backbones;
using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Tests.Documentation;

namespace Microsoft.ML.DeepLayers.Tests.Vision.Backbones;

/// <summary>What docs/backbones.md says of each backbone.</summary>
[TestClass]
public sealed class BackboneDocumentationTests
{
    public static IEnumerable<object[]> Names => BackboneTable.Names;

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void The_table_has_its_numbers_and_weights(string name)
    {
        BackboneRow row = BackboneTable.Row(name);
        string document = File.ReadAllText(Path.Combine(LayerDocumentation.RepositoryRoot(), "docs", "backbones.md"));
        string[] cells = [.. document.Split('\n').Single(line => line.StartsWith($"| `{name}` | ", StringComparison.Ordinal) && line.Contains('×', StringComparison.Ordinal)).Split('|', StringSplitOptions.TrimEntries)];
        string[] weights = [.. PublishedWeights.All.Where(file => file.Backbone == name).Select(file => $"`{file.Name}`")];
        double millions = Multiplications(row.Backbone) / 1e6;
        CollectionAssert.AreEqual(
            new[]
            {
                string.Join(" × ", row.Backbone.InputShape),
                Number(row.Parameters), Number(row.Below),
                millions < 1 ? millions.ToString("0.0", CultureInfo.InvariantCulture) : Number((long)Math.Round(millions)),
                weights.Length > 0 ? string.Join(", ", weights) : "–",
            },
            cells[3..8]);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Those of kernels at each place of the output, and of attention's two products.</summary>
    private static long Multiplications(Backbone backbone)
    {
        NetworkGraph graph = backbone.ToNetwork().Graph;
        GraphShapes shapes = graph.InferShapes([backbone.InputShape]);
        return Enumerable.Range(0, graph.Nodes.Count).Sum(i =>
        {
            (Layer layer, Shape output) = (graph.Nodes[i].Layer, shapes.Outputs[i][0]);
            long kernels = layer is PositionEmbedding ? 0 : layer.GetWeights(shapes.Inputs[i]).Where(weight => weight.Shape.Rank > 1).Sum(weight => weight.Shape.Size);
            return (output.Size / output[-1] * kernels) + (layer is MultiHeadAttention ? 2L * output[0] * output[0] * output[1] : 0);
        });
    }
}
