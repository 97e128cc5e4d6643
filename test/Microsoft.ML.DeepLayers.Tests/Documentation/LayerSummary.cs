using Microsoft.ML.DeepLayers.Layers;
using Microsoft.ML.DeepLayers.Onnx.Proto;
using Microsoft.ML.DeepLayers.Tests.Layers;
using static TorchSharp.torch;

namespace Microsoft.ML.DeepLayers.Tests.Documentation;

/// <summary>One layer, as the documentation tells of it.</summary>
/// <param name="type">Its class.</param>
/// <param name="rows">Its rows of the table of layers.</param>
internal sealed class LayerSummary(Type type, IReadOnlyList<LayerInfo> rows)
{
    private static readonly ILookup<string, string> Files = Directory
        .EnumerateFiles(Path.Combine(LayerDocumentation.RepositoryRoot(), "src/Microsoft.ML.DeepLayers/Layers"), "*.cs", SearchOption.AllDirectories)
        .ToLookup(file => Path.GetFileNameWithoutExtension(file), file => Path.GetRelativePath(LayerDocumentation.RepositoryRoot(), file).Replace('\\', '/'));

    public Type Type => type;

    public string KerasName { get; } = XmlDocumentation.KerasName($"T:{type.FullName}");

    public int Rows => rows.Count;

    /// <summary>Where the layer is written, from the root of the repository.</summary>
    public string SourceFile => Files[type.Name].Single();

    /// <summary>What training does with the layer.</summary>
    public string Trains => rows.Any(HasWeights) ? "weights" : rows.Any(PassesGradients) ? "gradient" : "no";

    /// <summary>The operators of all variants.</summary>
    public IReadOnlyCollection<string> Operators => [.. rows.SelectMany(OperatorsOf).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What the layer does with the masks of steps.</summary>
    public string Masks
    {
        get
        {
            bool computes = type.GetMethod(nameof(Layer.ComputeMasks))!.DeclaringType != typeof(Layer);
            string[] parts =
            [
                .. computes ? (string[])["made"] : rows.Any(row => row.Create().SupportsMasking) ? ["kept"] : [],
                .. rows.Any(row => row.Masked) ? (string[])["used"] : [],
            ];
            return parts.Length == 0 ? "–" : string.Join(", ", parts);
        }
    }

    /// <summary>Whether sequences may differ in length.</summary>
    public string Length => rows.All(row => row.Create().AllowsVariableLength) ? "any"
        : rows.Any(row => row.Create().AllowsVariableLength) ? "any, by options" : "fixed";

    /// <summary>The operators that a layer exports; the copy to a graph's output, and what the harness does to masks, are not its own.</summary>
    internal static IEnumerable<string> OperatorsOf(LayerInfo row)
    {
        foreach (IReadOnlyList<Shape> shapes in row.Cases)
        {
            using var harness = new LayerHarness([row.Create()], shapes);
            bool[] masked = [.. shapes.Select(row.HasSteps)];
            foreach (bool[]? masks in row.Masked || row.Create().SupportsMasking ? new[] { null, masked } : [null])
            {
                GraphProto graph = harness.ExportModel(masks).Graph;
                HashSet<string> outputs = [.. graph.Output.Select(output => output.Name)];
                NodeProto[] ends = [.. graph.Node.Where(node => outputs.Contains(node.Output[0]))];
                HashSet<string> maskCasts = [.. ends.Where(node => node.Output[0].StartsWith("mask ", StringComparison.Ordinal)).Select(node => node.Input[0])];
                foreach (NodeProto node in graph.Node.Except(ends).Where(node => !maskCasts.Contains(node.Output[0])))
                {
                    yield return node.OpType;
                }
            }
        }
    }

    private static bool HasWeights(LayerInfo row) => row.Cases.Any(shapes => row.Create().GetWeights(shapes).Any(spec => spec.Trainable));

    private static bool PassesGradients(LayerInfo row)
    {
        if (row.Indices > 0)
        {
            return false;
        }

        using var scope = NewDisposeScope();
        IReadOnlyList<Shape> shapes = row.Cases.First();
        using var harness = new LayerHarness([row.Create()], shapes);
        LayerArguments arguments = LayerArguments.Random(row, shapes, 2);
        return harness.Forward([.. arguments.Inputs.Select(input => input.ToTensor(ScalarType.Float32).requires_grad_())], new Tensor?[shapes.Count])
            .Outputs.Any(output => output.requires_grad);
    }
}
