using Microsoft.ML.DeepLayers.Onnx.Proto;

namespace Microsoft.ML.DeepLayers.Onnx.Quantization;

/// <summary>
/// Which values of a graph become 8-bit numbers with static quantization: what goes into products, what comes out of
/// convolutions, and from there on through operators that compute with such numbers or only move them.
/// </summary>
/// <remarks>
/// A runtime joins an operator with the pairs around it only if all that it reads and gives is quantized. So values out of
/// convolutions, and out of what follows them, are read in 8 bits by everybody; others by products alone, since behind
/// dense layers stand softmax, normalization and sums with earlier values, which want all digits.
/// </remarks>
internal sealed class QuantizationPlan
{
    private static readonly HashSet<string> Moving =
        new(["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "MaxPool"], StringComparer.Ordinal);

    private static readonly HashSet<string> Computing = new(["Add", "Concat", "AveragePool", "GlobalAveragePool"], StringComparer.Ordinal);

    private readonly GraphIndex index;
    private readonly HashSet<NodeProto> products;
    private readonly Dictionary<string, string> sources = new(StringComparer.Ordinal);
    private readonly HashSet<string> forAll = [];

    /// <param name="index">The graph.</param>
    /// <param name="products">The products that are to be computed in 8 bits.</param>
    internal QuantizationPlan(GraphIndex index, IEnumerable<MatrixProduct> products)
    {
        this.index = index;
        this.products = products.Select(product => product.Node).ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        foreach (NodeProto product in this.products)
        {
            sources[product.Input[0]] = SourceOf(product.Input[0]);
        }

        foreach (NodeProto node in index.Graph.Node)
        {
            Follow(node);
        }
    }

    /// <summary>The quantized values, and the value whose range each has: where values are only moved, that of what was moved.</summary>
    internal IReadOnlyDictionary<string, string> Sources => sources;

    /// <summary>Whether a node reads a value in 8 bits.</summary>
    internal bool ReadsQuantized(NodeProto node, string value) =>
        sources.ContainsKey(value) && (forAll.Contains(value) || (products.Contains(node) && node.Input[0] == value));

    private void Follow(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx") || node.Output.Count != 1)
        {
            return;
        }

        string output = node.Output[0];
        bool joins = Computing.Contains(node.OpType) && node.Input.All(forAll.Contains);
        if (joins || (products.Contains(node) && node.OpType == "Conv"))
        {
            // What ReLU cuts off is what the numbers from 0 on cannot say: it costs nothing.
            string end = index.SoleConsumer(output, "Relu")?.Output[0] ?? output;
            Take(end, end);
        }
        else if (Moving.Contains(node.OpType) && forAll.Contains(node.Input[0]))
        {
            Take(output, sources[node.Input[0]]);
        }
    }

    private void Take(string value, string source)
    {
        if (index.Consumers(value).Count > 0)
        {
            sources[value] = source;
            forAll.Add(value);
        }
    }

    private string SourceOf(string value) =>
        index.Producer(value) is { Domain: "" or "ai.onnx", Output.Count: 1 } node && Moving.Contains(node.OpType)
            ? SourceOf(node.Input[0])
            : value;
}
